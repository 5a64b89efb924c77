import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

/** The yardstick of an idle sync: plain node:https with client certificates that always says the same. */
const [key, cert, ca] = process.argv.slice(2).map((path) => readFileSync(path));
const tls = { key, cert, ca, requestCert: true, rejectUnauthorized: false };
const server = createServer({ ...tls, keepAliveTimeout: 600_000 }, (request, response) => {
  request.resume();
  request.on("end", () => {
    response.writeHead(204, { "fyr-next-poll-ms": "300000" });
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ ready: true, port: (server.address() as AddressInfo).port }));
});
