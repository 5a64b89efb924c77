import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A camera that takes any image as fast as it can and forgets it: 12.x over plain HTTP, with a digest login. */
const VERSION = "12.9.57";
const CHALLENGE = 'Digest realm="AXIS_B8A44F000001", nonce="bench", algorithm=MD5, qop="auth"';

const identity = {
  apiVersion: "1.3",
  data: {
    propertyList: {
      ProdNbr: "P3265-V",
      ProdFullName: "AXIS P3265-V",
      Brand: "AXIS",
      SerialNumber: "B8A44F000001",
      HardwareID: "931.11",
      Version: VERSION,
    },
  },
};

function say(response: ServerResponse, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function answer(request: IncomingMessage, response: ServerResponse, isUpload: boolean): void {
  if (request.url?.includes("basicdeviceinfo")) return say(response, identity);
  if (request.headers.authorization === undefined) {
    response.writeHead(401, { "www-authenticate": CHALLENGE, "content-length": 0 });
    return void response.end();
  }
  const method = isUpload ? "upgrade" : "status";
  const data = isUpload ? { firmwareVersion: "12.11.77" } : { activeFirmwareVersion: VERSION };
  say(response, { apiVersion: "1.8", method, data });
}

const server = createServer({ requestTimeout: 0 }, (request, response) => {
  const isUpload = request.headers["content-type"]?.startsWith("multipart/") ?? false;
  request.on("data", () => {});
  request.on("end", () => answer(request, response, isUpload));
});
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ ready: true, port: (server.address() as AddressInfo).port }));
});
