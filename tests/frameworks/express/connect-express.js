// An app on atlassian-connect-express, set up as that framework's README says for production.
//
// The framework owns the descriptor and POST /installed; the app adds the other lifecycle routes and one page.
// PORT, STORE_PATH, AC_LOCAL_BASE_URL and CONNECT_KEYS_CDN_URL come from the environment.

const express = require("express");
const connect = require("atlassian-connect-express");
const listen = require("./listen");

const app = express();
app.use(express.json());
app.use(express.urlencoded({ extended: false }));
const addon = connect(app);
app.use(addon.middleware());

const routes = express.Router();
routes.post("/uninstalled", addon.authenticateInstall(), async (request, response) => {
  await addon.settings.del(request.body.clientKey);
  response.sendStatus(204);
});
routes.post("/enabled", addon.authenticate(), (_request, response) => response.sendStatus(204));
routes.post("/disabled", addon.authenticate(), (_request, response) => response.sendStatus(204));
routes.get("/page", addon.authenticate(), (request, response) => {
  response.json({ clientKey: request.context.clientKey, hostBaseUrl: request.context.hostBaseUrl });
});

// The framework mounts its own routes below the base URL's path, so the app's go there too.
app.use(new URL(addon.descriptor.baseUrl).pathname, routes);

// Without its tables the framework answers the first callback before the store is ready.
Promise.all([addon.settings.connectionPromise, addon.settings.installationMappingPromise]).then(() => listen(app));
