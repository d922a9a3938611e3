// Serves an Express app on loopback, over TLS when a certificate is given, as a small production front would.

const fs = require("fs");
const http = require("http");
const https = require("https");

module.exports = function listen(app) {
  const { PORT, TLS_CERT, TLS_KEY } = process.env;
  const server = TLS_CERT
    ? https.createServer({ cert: fs.readFileSync(TLS_CERT), key: fs.readFileSync(TLS_KEY) }, app)
    : http.createServer(app);
  server.listen(Number(PORT), "127.0.0.1");
};
