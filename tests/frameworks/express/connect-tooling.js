// An app on @seibert/atlassian-connect-tooling, whose key host is a constant in the framework's code.
//
// BASE_URL, PORT and STORE_PATH come from the environment. To trust another signing key the process is started
// with a hosts override (hosts.js) and NODE_EXTRA_CA_CERTS, as anyone with such an app would have to.

const fs = require("fs");
const path = require("path");
const { promisify } = require("util");
const express = require("express");
const sqlite3 = require("sqlite3");
const {
  composeAtlassianConnectInstallationMiddleware,
  composeAtlassianRequestAuthenticationMiddleware,
} = require("@seibert/atlassian-connect-tooling");
const listen = require("./listen");

const { BASE_URL: baseUrl, STORE_PATH: storePath } = process.env;
const store = new sqlite3.Database(storePath);
const run = promisify(store.run.bind(store));
const get = promisify(store.get.bind(store));

const fromAtlassian = composeAtlassianConnectInstallationMiddleware({ baseUrl });
const fromTenant = composeAtlassianRequestAuthenticationMiddleware({
  baseUrl,
  fetchTenantByClientKey: (clientKey) => get("SELECT * FROM tenant WHERE clientKey = ?", clientKey),
});

const descriptor = fs
  .readFileSync(path.join(__dirname, "atlassian-connect.json"), "utf8")
  .replace("{{localBaseUrl}}", baseUrl);

const app = express();
app.use(express.json());
app.get("/atlassian-connect.json", (_request, response) => response.type("json").send(descriptor));
app.post("/installed", fromAtlassian, async (request, response) => {
  const { clientKey, sharedSecret, baseUrl: hostBaseUrl } = request.body;
  await run("INSERT OR REPLACE INTO tenant VALUES (?, ?, ?)", [clientKey, sharedSecret, hostBaseUrl]);
  response.sendStatus(204);
});
app.post("/uninstalled", fromAtlassian, async (request, response) => {
  await run("DELETE FROM tenant WHERE clientKey = ?", request.body.clientKey);
  response.sendStatus(204);
});
app.post("/enabled", fromTenant, (_request, response) => response.sendStatus(204));
app.post("/disabled", fromTenant, (_request, response) => response.sendStatus(204));
app.get("/page", fromTenant, (request, response) => {
  const { clientKey, hostBaseUrl } = request.atlassianVerified.tenant;
  response.json({ clientKey, hostBaseUrl });
});

run("CREATE TABLE IF NOT EXISTS tenant (clientKey TEXT PRIMARY KEY, sharedSecret TEXT, hostBaseUrl TEXT)").then(() =>
  listen(app),
);
