import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { testPki } from "@fyr/certs/testing";
import { isFault, type AgentId, type OrgId } from "@fyr/protocol";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { HubWire, WireRequest } from "../wire.ts";
import { openHubWire } from "./https.ts";

const name = {
  orgId: "01900000-0000-7000-8000-000000000001" as OrgId,
  agentId: "01900000-0000-7000-8000-000000000002" as AgentId,
};
const BODY = Buffer.alloc(200_000, 7);
const request: WireRequest = { method: "GET", path: "/image", maxBodyBytes: 2 ** 20, idleMs: 5_000 };

let server: Server;
let wire: HubWire;
let openWire: () => HubWire;
const sockets: Socket[] = [];
let requests = 0;
/** What becomes of the answer to a request, by its number. */
let breakAt: { readonly request: number; readonly afterBytes: number } | undefined;

beforeAll(async () => {
  const pki = await testPki(Date.now());
  const { keyPem, chainPem } = await pki.server(["localhost"], Date.now());
  const credentials = await pki.agent(name, Date.now());
  const tls = { key: keyPem, cert: chainPem + pki.rootPem, requestCert: true, rejectUnauthorized: false };
  server = createServer(tls, ({ socket }, answer) => {
    const isBroken = ++requests === breakAt?.request;
    if (isBroken && breakAt?.afterBytes === 0) return void socket.destroy();
    answer.writeHead(206, { "content-length": BODY.length });
    if (!isBroken) return void answer.end(BODY);
    answer.write(BODY.subarray(0, breakAt?.afterBytes), () => setTimeout(() => socket.destroy(), 50));
  });
  server.on("secureConnection", (socket: Socket) => sockets.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  openWire = () => openHubWire({ url, rootPem: pki.rootPem, credentials });
  wire = openWire();
});
afterEach(() => {
  wire.close();
  wire = openWire();
  sockets.length = 0;
  requests = 0;
  breakAt = undefined;
});
afterAll(() => {
  wire.close();
  server.closeAllConnections();
  server.close();
});

/** @returns the bytes that were taken, and what went wrong */
async function fetchOnce(): Promise<{ taken: number; error: unknown }> {
  let taken = 0;
  const take = (bytes: Uint8Array) => Promise.resolve(void (taken += bytes.length));
  const error: unknown = await wire.exchange({ ...request, take }).then(
    () => null,
    (failure: unknown) => failure,
  );
  return { taken, error };
}

test("one connection serves one request after the other", async () => {
  for (let asked = 0; asked < 5; asked++)
    expect(await fetchOnce()).toEqual({ taken: BODY.length, error: null });
  expect(requests).toBe(5);
  expect(sockets).toHaveLength(1);
});

test("a kept connection that is closed as the next request begins costs nothing", async () => {
  await fetchOnce();
  breakAt = { request: 2, afterBytes: 0 };
  expect(await fetchOnce()).toEqual({ taken: BODY.length, error: null });
  expect(sockets).toHaveLength(2);
});

test("what was begun to be read on a kept connection is never read again from its beginning", async () => {
  await fetchOnce();
  breakAt = { request: 2, afterBytes: 50_000 };
  const { taken, error } = await fetchOnce();
  expect(isFault(error, "HUB_UNREACHABLE")).toBe(true);
  expect(taken).toBe(50_000);
  expect(requests).toBe(2);
});
