// Preloaded with `node --require`: a hosts override that needs no root and no port 443.
//
// Connections to OVERRIDE_HOST go to OVERRIDE_ADDRESS (ADDR:PORT) instead. TLS still asks for, and checks, the
// name of the overridden host, exactly as with a line in /etc/hosts.

const net = require("net");

const { OVERRIDE_HOST, OVERRIDE_ADDRESS } = process.env;
const [address, port] = OVERRIDE_ADDRESS.split(":");
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...given) {
  // Node hands its own calls over as one array of already normalised arguments.
  const options = Array.isArray(given[0]) ? given[0][0] : given[0];
  if (options?.host === OVERRIDE_HOST) {
    Object.assign(options, { host: address, port: Number(port) });
  }
  return connect.apply(this, given);
};
