import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { DeviceReport, isFault, Serial } from "@fyr/protocol";
import { seededRandom, silentLog, systemClock } from "@fyr/runtime";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noted } from "../inventory/from-reading.ts";
import { reportOf } from "../inventory/report.ts";
import type { KnownDevice } from "../ports.ts";
import { Secret } from "../vault/secret.ts";
import { createCamera } from "./camera.ts";
import { exchange, wireRequest } from "./caller.ts";
import type { Ports } from "./endpoint.ts";
import type { Wire, WireAnswer } from "./exchange.ts";
import { storedPins } from "./pins.ts";
import { storedRefusals } from "./refusals.ts";
import { bufferImage } from "./testing/buffer-image.ts";
import { memoryStore } from "./testing/memory-store.ts";
import { nodeWire } from "./wire/node-wire.ts";

const SERIAL = Serial.parse("ACCC8E012345");
const never = new AbortController().signal;

function cameraOver(wire: Wire, ports: Ports = { http: 80, https: 443 }) {
  const store = memoryStore();
  return createCamera(
    {
      ...{ wire, clock: systemClock, random: seededRandom("hostile"), log: silentLog },
      pins: storedPins(store, systemClock),
      refusals: storedRefusals(store, systemClock),
    },
    () => ({
      ...{ serial: SERIAL, host: "127.0.0.1", ports },
      login: { user: "root", password: new Secret("pass"), revision: "1" },
    }),
  );
}

const known: KnownDevice = {
  ...{ serial: SERIAL, host: "127.0.0.1", ports: { http: 80, https: 443 }, scheme: "https" },
  ...{
    model: "P3265-V",
    name: "AXIS P3265-V",
    hardwareId: "931.11",
    version: "12.9.57",
    trouble: null,
    seenAt: 1,
  },
};

/** Whatever a device may say, what we make of it stays within what the hub takes. */
async function survives(camera: ReturnType<typeof cameraOver>): Promise<void> {
  const reading = await camera.look(never);
  DeviceReport.parse(reportOf(noted(known, reading, true, 2)));
  let marks = 0;
  const image = bufferImage(Buffer.alloc(5_000));
  const options = {
    autoRollbackMinutes: 1,
    runKey: "r",
    beforeLastChunk: () => void marks++,
    onSent: () => {},
  };
  const acts = [
    () => camera.commit(never),
    () => camera.rollBack(never),
    () => camera.restart(never),
    () => camera.backup(never),
    () => camera.renewPin(never),
    () => camera.upload(image, options, never),
  ];
  for (const act of acts) {
    await act().catch((error: unknown) => {
      if (!isFault(error)) throw error;
    });
  }
  expect(marks).toBeLessThanOrEqual(1);
}

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1e308,
    "",
    "12.9.57",
    "ACCC8E012345",
    "\u0000\u202e",
    [],
    {},
    "yes",
  ),
  fc.constant("x".repeat(5_000)),
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.jsonValue({ maxDepth: 4 }),
);

/** What an honest device would say, with things swapped for junk. */
const honest = fc.oneof(
  fc.record({
    data: fc.record({
      propertyList: fc.record({
        SerialNumber: fc.oneof(fc.constant<unknown>("ACCC8E012345"), junk),
        Version: fc.oneof(fc.constant<unknown>("12.9.57"), junk),
        ProdNbr: junk,
        ProdFullName: junk,
        HardwareID: junk,
      }),
    }),
  }),
  fc.record({ data: fc.record({ systemready: junk, needsetup: junk, bootid: junk, uptime: junk }) }),
  fc.record({
    data: fc.record({ activeFirmwareVersion: junk, isCommited: junk, inactiveFirmwareVersion: junk }),
  }),
  fc.record({ error: fc.record({ code: junk, message: junk }) }),
  fc.record({ data: junk }),
);

const textBody = fc.oneof(
  honest.map((value) => JSON.stringify(value)),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.constantFrom(
    "[".repeat(100_000),
    '{"a":'.repeat(5_000),
    '{"__proto__":{"data":1}}',
    "{",
    '"',
    "<html>error</html>",
  ),
  fc.constantFrom(
    "root.Properties.System.SerialNumber=ACCC8E012345\nroot.Properties.Firmware.Version=5.51.7\n",
  ),
  fc
    .array(fc.string({ maxLength: 30 }))
    .map((lines) => lines.map((line) => `root.${line}=${line}`).join("\n")),
);
const body = fc.oneof(
  textBody.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

const CHALLENGES = [
  'Digest realm="AXIS_ACCC8E012345", nonce="n", qop="auth"',
  'Basic realm="AXIS_ACCC8E012345"',
  'Digest realm="AXIS_ACCC8E012345", nonce="n", stale=true',
  'Digest realm="AXIS_ACCC8E012345", nonce="\u007f", algorithm=SHA-256-sess',
  "Digest ,,,",
  "Negotiate",
];
const answer = fc.record({
  status: fc.oneof(
    { weight: 4, arbitrary: fc.constant(200) },
    { weight: 2, arbitrary: fc.constant(401) },
    fc.integer({ min: 100, max: 999 }),
  ),
  headers: fc.record({
    "www-authenticate": fc.array(fc.oneof(fc.constantFrom(...CHALLENGES), fc.string({ maxLength: 40 })), {
      maxLength: 3,
    }),
    "authentication-info": fc.array(fc.constantFrom('nextnonce="a"', "nextnonce", '"'), { maxLength: 2 }),
  }),
  body,
  bodySent: fc.boolean(),
  peerKey: fc.constant("a".repeat(64)),
});
const breakage = fc.constantFrom(
  "ECONNRESET",
  "ECONNREFUSED",
  "HPE_INVALID_CONSTANT",
  "EPROTO",
  "ETIMEDOUT",
  "EHOSTUNREACH",
);

test("no answer, however made, makes the client fail, and what it tells stays presentable", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 6, arbitrary: answer }, breakage), { minLength: 1, maxLength: 25 }),
      async (script) => {
        let turn = 0;
        const wire: Wire = {
          async exchange(request) {
            const next: WireAnswer | string = script[turn++ % script.length]!;
            if (typeof next === "string") throw Object.assign(new Error(next), { code: next });
            if (request.body && "chunks" in request.body && next.bodySent)
              for await (const _ of request.body.chunks());
            const key = request.url.startsWith("https:") ? { peerKey: "a".repeat(64) } : {};
            const { peerKey: _, ...rest } = next;
            return { ...rest, ...key };
          },
        };
        await survives(cameraOver(wire));
      },
    ),
    { numRuns: 1_000 },
  );
});

const replies: Buffer[] = [];
const server = createServer((socket: Socket) => {
  socket.on("error", () => socket.destroy());
  socket.once("data", () => {
    socket.write(replies.shift() ?? Buffer.from("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    socket.end();
  });
});
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => void server.close());

const RAW = [
  "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n{}",
  "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
  "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
  "HTTP/1.1 301 Moved\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2\r\nConnection: Upgrade\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
  `HTTP/1.1 200 OK\r\nX: ${"y".repeat(100_000)}\r\n\r\n`,
  `HTTP/1.1 200 OK\r\n\r\n${"z".repeat(2_000_000)}`,
  `HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="AXIS_ACCC8E012345", nonce="${"n".repeat(9_000)}"\r\n\r\n`,
  "HTTP/9.9 200 OK\r\n\r\n",
  "SSH-2.0-OpenSSH_9.2\r\n",
  "",
];
const rawReply = fc.oneof(
  fc.constantFrom(...RAW).map((text) => Buffer.from(text, "latin1")),
  fc.tuple(fc.constantFrom(...RAW), fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
    const bytes = Buffer.from(text.slice(0, 300), "latin1");
    if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return bytes;
  }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

test("no bytes on the line make the client fail", async () => {
  const { port } = server.address() as AddressInfo;
  const peer = { endpoint: { scheme: "http" as const, host: "127.0.0.1", port }, key: null };
  const wire = nodeWire(systemClock);
  const call = wireRequest(peer, { method: "GET", path: "/axis-cgi/param.cgi?action=list" }, never);
  const kinds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(rawReply, async (reply) => {
      replies.push(reply);
      const outcome = await exchange(wire, peer, { ...call, idleMs: 30, totalMs: 60 }).catch(
        (error: unknown) => error,
      );
      if (isFault(outcome)) kinds.add(outcome.code);
      else expect(outcome).toMatchObject({ status: expect.any(Number) });
    }),
    { numRuns: 400, examples: RAW.map((text): [Buffer] => [Buffer.from(text, "latin1")]) },
  );
  expect([...kinds].sort()).toEqual(["DEVICE_ANSWER", "DEVICE_UNREACHABLE"]);
});
