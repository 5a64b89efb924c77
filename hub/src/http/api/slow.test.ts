import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { API_PREFIX } from "./routes/index.ts";
import { MESSAGE_MS } from "./slow.ts";

let bed: ApiBed;
let port: number;
beforeAll(async () => {
  bed = await openApiBed();
  await bed.app.listen({ port: 0, host: "127.0.0.1" });
  ({ port } = bed.app.server.address() as AddressInfo);
});
afterAll(() => bed.close());

async function begin(lengthBytes: number, first: string): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  const lines = Object.entries({
    ...bed.signIn(),
    ...{ "content-type": "application/json", "content-length": lengthBytes, connection: "close" },
  });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const arrived = once(bed.app.server, "request");
  socket.write(`POST ${API_PREFIX}/orgs HTTP/1.1\r\n${head}\r\n${first}`);
  await arrived;
  return socket;
}

const BODY = JSON.stringify({ name: "Acme" });

test("B1-D1: a message that does not come within its time is refused and its connection ended", async () => {
  const socket = await begin(BODY.length, BODY.slice(0, 5));
  const answer = text(socket);
  await bed.hub.clock.advance(MESSAGE_MS - 1);
  socket.write(BODY[5] ?? "");
  await bed.hub.clock.advance(1);
  expect(await answer).toContain("the body did not come within 30 s");
  expect(socket.destroyed).toBe(true);
});

test("a message that comes in pieces, within its time, is answered", async () => {
  const socket = await begin(BODY.length, BODY.slice(0, 5));
  const answer = text(socket);
  await bed.hub.clock.advance(MESSAGE_MS - 1);
  socket.write(BODY.slice(5));
  expect(await answer).toContain("201 Created");
  await bed.hub.clock.advance(MESSAGE_MS);
});
