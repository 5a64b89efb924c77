import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp, type AddressInfo, type Server } from "node:net";
import { testPki } from "@fyr/certs/testing";
import { systemClock, type BodySource } from "@fyr/runtime";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { WireRequest } from "../exchange.ts";
import { nodeWire } from "./node-wire.ts";

const wire = nodeWire(systemClock);
const open: Server[] = [];
let tls = { keyPem: "", chainPem: "" };

beforeAll(async () => void (tls = await (await testPki(Date.now())).server(["127.0.0.1"])));
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    (server as { closeAllConnections?: () => void }).closeAllConnections?.();
  }
});

async function listening(server: Server): Promise<number> {
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const http = (serve: (request: IncomingMessage, response: ServerResponse) => void) =>
  listening(createServer(serve));

const ask = (port: number, given: Partial<WireRequest> = {}, scheme = "http") =>
  wire.exchange({
    ...{ method: "GET", url: `${scheme}://127.0.0.1:${port}/x?y=z`, headers: {}, peerKey: null },
    ...{ connectMs: 500, idleMs: 2_000, totalMs: 4_000, maxBodyBytes: 1_000, ...given },
  });

const bodyOf = (sizeBytes: number, chunks: () => AsyncIterable<Uint8Array>): BodySource => ({
  lengthBytes: sizeBytes,
  chunks,
});

/** More than any system takes in without a reader. */
const ENDLESS = 200_000_000;
const endless = bodyOf(ENDLESS, async function* () {
  const piece = new Uint8Array(1_000_000);
  for (let sent = 0; sent < ENDLESS; sent += piece.length) yield piece;
});

test("an exchange: path, host, repeated headers kept apart", async () => {
  let seen: unknown;
  const port = await http(({ method, url, headers }, response) => {
    seen = { method, url, host: headers.host };
    response.setHeader("www-authenticate", ["Basic a", "Digest b"]);
    response.writeHead(401).end("body");
  });
  const answer = await ask(port);
  expect(seen).toEqual({ method: "GET", url: "/x?y=z", host: `127.0.0.1:${port}` });
  expect({
    ...answer,
    headers: { ...answer.headers },
    body: Buffer.from(answer.body).toString(),
  }).toMatchObject({
    status: 401,
    body: "body",
    bodySent: true,
    headers: { "www-authenticate": ["Basic a", "Digest b"] },
  });
});

test("a redirect is an answer", async () => {
  const port = await http((_, response) =>
    response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
  );
  expect(await ask(port)).toMatchObject({ status: 302 });
});

test("the key is compared before a byte of the request leaves", async () => {
  const heard: string[] = [];
  const server = createHttps({ key: tls.keyPem, cert: tls.chainPem }, ({ url }, response) => {
    heard.push(url ?? "");
    response.end();
  });
  const bytes: number[] = [];
  server.on("secureConnection", (socket) => socket.on("data", (data) => bytes.push(data.length)));
  const port = await listening(server);
  const { peerKey } = await ask(port, {}, "https");
  expect(peerKey).toMatch(/^[0-9a-f]{64}$/);
  expect(await ask(port, { peerKey: peerKey ?? null }, "https")).toMatchObject({ status: 200, peerKey });
  const before = bytes.length;
  const wrong = ask(port, { peerKey: "0".repeat(64), headers: { authorization: "Basic secret" } }, "https");
  await expect(wrong).rejects.toMatchObject({ code: "DEVICE_KEY_CHANGED" });
  expect({ heard: heard.length, bytes: bytes.length }).toEqual({ heard: 2, bytes: before });
});

test("a key that is demanded is not given by plain HTTP", async () => {
  const port = await http((_, response) => response.end());
  await expect(ask(port, { peerKey: "0".repeat(64) })).rejects.toMatchObject({ code: "DEVICE_KEY_CHANGED" });
});

test.each([
  ["nobody listens", () => Promise.resolve(1), {}, "http", "ECONNREFUSED"],
  ["nobody shakes hands", () => listening(createTcp(() => {})), { connectMs: 50 }, "https", "ETIMEDOUT"],
  [
    "no TLS is spoken",
    () => listening(createTcp((socket) => void socket.end("HTTP/1.1 400 Bad\r\n\r\n"))),
    {},
    "https",
    /^ERR_SSL|EPROTO/,
  ],
  ["no answer comes", () => http(() => {}), { idleMs: 50 }, "http", "PEER_SILENT"],
  [
    "an answer stops half-way",
    () => http((_, r) => void r.writeHead(200, { "content-length": 9 }).write("a")),
    { idleMs: 50 },
    "http",
    "PEER_SILENT",
  ],
  [
    "an answer drips for ever",
    () => http((_, r) => void setInterval(() => r.write("a"), 10)),
    { idleMs: 100, totalMs: 150 },
    "http",
    "PEER_SILENT",
  ],
  [
    "an answer is too long",
    () => http((_, r) => void r.end("x".repeat(1_001))),
    {},
    "http",
    "RESPONSE_TOO_LARGE",
  ],
  ["the line is cut", () => http(({ socket }) => void socket.destroy()), {}, "http", "ECONNRESET"],
  [
    "the answer is cut",
    () =>
      http(
        (q, r) =>
          void (
            r.writeHead(200, { "content-length": 9 }).write("a"),
            setTimeout(() => q.socket.destroy(), 20)
          ),
      ),
    {},
    "http",
    "ECONNRESET",
  ],
  [
    "the upload is not read",
    () => http(() => {}),
    { method: "POST", body: endless, idleMs: 150 },
    "http",
    "PEER_SILENT",
  ],
] as const)("%s", async (_, serve, given, scheme, code) => {
  await expect(ask(await serve(), given as Partial<WireRequest>, scheme)).rejects.toMatchObject({
    code: code instanceof RegExp ? expect.stringMatching(code) : code,
  });
});

test("an answer that comes during an upload ends the sending, and counts", async () => {
  const port = await http((request, response) => {
    request.once("data", () => response.writeHead(413).end("too large"));
  });
  const answer = await ask(port, { method: "POST", body: endless });
  expect(answer).toMatchObject({ status: 413, bodySent: false });
});

test("a body that fails breaks the exchange off, and its error is the outcome", async () => {
  let took = 0;
  let whole = false;
  const port = await http((request) => {
    request.on("data", (data: Buffer) => (took += data.length));
    request.on("end", () => (whole = true));
  });
  const corrupt = bodyOf(3_000_000, async function* () {
    yield new Uint8Array(1_000_000);
    throw new Error("the file is another one");
  });
  await expect(ask(port, { method: "POST", body: corrupt })).rejects.toThrow("the file is another one");
  expect({ took: took <= 1_000_000, whole }).toEqual({ took: true, whole: false });
});

test("whoever takes an exchange back hears his own reason, and the body is let go of", async () => {
  const port = await http(() => {});
  const stop = new AbortController();
  let closed = false;
  const body = bodyOf(ENDLESS, async function* () {
    try {
      yield* endless.chunks();
    } finally {
      closed = true;
    }
  });
  const reason = new Error("cancelled");
  const sending = ask(port, {
    method: "POST",
    body,
    signal: stop.signal,
    onSent: (bytes) => bytes > 1_000_000 && stop.abort(reason),
  });
  await expect(sending).rejects.toBe(reason);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(closed).toBe(true);
});
