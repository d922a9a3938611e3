// An app for load tests: each nineteenth install fails, and some take their time. An odd number, so that two
// load tests in step with each other both meet failures. Prints its base URL.

import { createServer } from "node:http";

const descriptor = (baseUrl) => ({
  key: "com.example.browser",
  name: "Browser",
  baseUrl,
  apiVersion: 1,
  vendor: { name: "Example", url: "https://example.com" },
  authentication: { type: "jwt" },
  apiMigrations: { "signed-install": true },
  lifecycle: { installed: "/installed", uninstalled: "/uninstalled" },
  scopes: ["READ"],
});

let installs = 0;
const server = createServer((request, response) => {
  request.resume();
  if (request.url.startsWith("/atlassian-connect.json")) {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(descriptor(`http://${request.headers.host}`)));
    return;
  }
  const turn = request.url.startsWith("/installed") ? ++installs : 1;
  response.statusCode = turn % 19 === 0 ? 503 : 204;
  setTimeout(() => response.end(), 3 + (turn % 7) * 4);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
