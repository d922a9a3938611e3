// Serves an Express app on loopback, over TLS when a certificate is given, as a small production front would.
//
// Prints "METHOD PATH STATUS" for each request, never the query, in which a token may be.

const fs = require("fs");
const http = require("http");
const https = require("https");

module.exports = function listen(app) {
  const { PORT, TLS_CERT, TLS_KEY } = process.env;
  const logged = (request, response) => {
    const [path] = request.url.split("?");
    response.on("finish", () => console.log(`${request.method} ${path} ${response.statusCode}`));
    app(request, response);
  };
  const server = TLS_CERT
    ? https.createServer({ cert: fs.readFileSync(TLS_CERT), key: fs.readFileSync(TLS_KEY) }, logged)
    : http.createServer(logged);
  server.listen(Number(PORT), "127.0.0.1");
};
