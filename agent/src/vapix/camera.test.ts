import { inspect } from "node:util";
import { isFault, Serial } from "@fyr/protocol";
import { testPki } from "@fyr/certs/testing";
import { createLog, seededRandom, silentLog, systemClock, type Logger } from "@fyr/runtime";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { UploadOptions } from "../ports.ts";
import { Secret } from "../vault/secret.ts";
import { createCamera } from "./camera.ts";
import type { Target } from "./approach.ts";
import { storedPins } from "./pins.ts";
import { storedRefusals } from "./refusals.ts";
import { bufferImage } from "./testing/buffer-image.ts";
import { memoryStore } from "./testing/memory-store.ts";
import { scriptedDevice, type ScriptedDevice } from "./testing/scripted-device.ts";
import { nodeWire } from "./wire/node-wire.ts";

const SERIAL = Serial.parse("ACCC8E012345");
const never = new AbortController().signal;
const tls = { first: { keyPem: "", chainPem: "" }, second: { keyPem: "", chainPem: "" } };

beforeAll(async () => {
  const pki = await testPki(Date.UTC(2026, 0, 1));
  tls.first = await pki.server(["127.0.0.1"]);
  tls.second = await pki.server(["127.0.0.1"]);
});

const open: ScriptedDevice[] = [];
afterEach(async () => {
  for (const device of open.splice(0)) await device.close();
});

async function device(script: Parameters<typeof scriptedDevice>[0]): Promise<ScriptedDevice> {
  const made = await scriptedDevice(script);
  open.push(made);
  return made;
}

function cameraOf(first: ScriptedDevice, password = "correct horse", log: Logger = silentLog) {
  const store = memoryStore();
  let target: Target = {
    serial: SERIAL,
    host: "127.0.0.1",
    ports: first.ports,
    login: { user: "root", password: new Secret(password), revision: "1" },
  };
  const ports = {
    wire: nodeWire(systemClock),
    clock: systemClock,
    random: seededRandom("camera"),
    log,
    pins: storedPins(store, systemClock),
    refusals: storedRefusals(store, systemClock),
  };
  const camera = createCamera(ports, () => target);
  return { camera, pins: ports.pins, change: (next: Partial<Target>) => (target = { ...target, ...next }) };
}

const image = (sizeBytes: number) => bufferImage(Buffer.alloc(sizeBytes, 7));

const options = (given: Partial<UploadOptions> = {}): UploadOptions => ({
  autoRollbackMinutes: 30,
  runKey: "run-1",
  beforeLastChunk: () => {},
  onSent: () => {},
  ...given,
});

test("a look over HTTPS tells everything, and pins the key", async () => {
  const it = await device({ http: false, tls: tls.first, inactiveVersion: "11.11.192", committed: false });
  const { camera, pins } = cameraOf(it);
  const reading = await camera.look(never);
  expect(reading).toMatchObject({
    answers: true,
    serial: SERIAL,
    model: "P3265-V",
    name: "AXIS P3265-V Dome Camera",
    hardwareId: "931.11",
    versions: { firmwareManagement: "12.9.57", deviceInfo: "12.9.57", anonymousInfo: "12.9.57" },
    inactiveVersion: "11.11.192",
    committed: false,
    bootId: "11111111-1111-1111-1111-111111111111",
    uptimeS: 77,
    ready: true,
    needsSetup: false,
    access: "granted",
    keyChanged: false,
    scheme: "https",
  });
  expect(pins.pinned(SERIAL)).toMatch(/^[0-9a-f]{64}$/);
});

test("over plain HTTP only digest is spoken, even when basic is offered first", async () => {
  const it = await device({ auth: { http: "both", https: "basic" } });
  const reading = await cameraOf(it).camera.look(never);
  expect(reading).toMatchObject({ access: "granted", scheme: "http" });
  expect(it.heard.filter((line) => line.endsWith("basic"))).toEqual([]);
});

test.each([
  { algorithm: "SHA-256" as const, qop: true },
  { algorithm: null, qop: true },
  { algorithm: null, qop: false },
])("digest with $algorithm, qop $qop", async (script) => {
  expect(await cameraOf(await device(script)).camera.look(never)).toMatchObject({ access: "granted" });
});

test("5.51: named by its realm, read by its parameters", async () => {
  const it = await device({ generation: "legacy", version: "5.51.7" });
  const reading = await cameraOf(it).camera.look(never);
  expect(reading).toMatchObject({
    serial: SERIAL,
    model: "P3265-V",
    versions: { parameters: "5.51.7" },
    committed: null,
    bootId: null,
    ready: null,
    access: "granted",
  });
});

test("another key after the first: no password is sent", async () => {
  const { camera, change, pins } = cameraOf(await device({ http: false, tls: tls.first }));
  await camera.look(never);
  const impostor = await device({ http: false, tls: tls.second });
  change({ ports: impostor.ports });
  const reading = await camera.look(never);
  expect(reading).toMatchObject({ keyChanged: true, access: "untried", serial: SERIAL });
  await expect(camera.commit(never)).rejects.toMatchObject({ code: "DEVICE_KEY_CHANGED" });
  await expect(camera.upload(image(10), options(), never)).rejects.toMatchObject({
    code: "DEVICE_KEY_CHANGED",
  });
  expect(impostor.heard.every((line) => line.endsWith(" -"))).toBe(true);
  const before = pins.pinned(SERIAL);
  await camera.renewPin(never);
  expect(pins.pinned(SERIAL)).not.toBe(before);
  expect(await camera.look(never)).toMatchObject({ keyChanged: false, access: "granted" });
});

test("a device that once proved a key is never logged in to in clear", async () => {
  const { camera, change } = cameraOf(await device({ http: false, tls: tls.first }));
  await camera.look(never);
  const impostor = await device({});
  change({ ports: impostor.ports });
  const reading = await camera.look(never);
  expect(reading).toMatchObject({ answers: true, access: "untried", keyChanged: false, scheme: "http" });
  expect(impostor.heard.every((line) => line.endsWith(" -"))).toBe(true);
});

test("another serial: no password is sent, no key is pinned", async () => {
  const it = await device({ tls: tls.first, serial: "ACCC8E999999" });
  const { camera, pins } = cameraOf(it);
  expect(await camera.look(never)).toMatchObject({ serial: "ACCC8E999999", access: "untried" });
  await expect(camera.upload(image(10), options(), never)).rejects.toMatchObject({ code: "DEVICE_WRONG" });
  expect(it.heard.every((line) => line.endsWith(" -"))).toBe(true);
  expect(pins.pinned(SERIAL)).toBeNull();
});

test("a wrong password is tried once, until its entry changes", async () => {
  const it = await device({});
  const { camera, change } = cameraOf(it, "wrong");
  for (let look = 0; look < 3; look++) expect(await camera.look(never)).toMatchObject({ access: "denied" });
  expect(it.heard.filter((line) => line.endsWith("digest"))).toHaveLength(1);
  change({ login: { user: "root", password: new Secret("correct horse"), revision: "2" } });
  expect(await camera.look(never)).toMatchObject({ access: "granted" });
});

test.each([true, false])(
  "a device without an account is not logged in to, anonymous info %s",
  async (anonymous) => {
    const it = await device({ needsSetup: true, anonymous });
    expect(await cameraOf(it).camera.look(never)).toMatchObject({ needsSetup: true, access: "untried" });
    expect(it.heard.every((line) => line.endsWith(" -"))).toBe(true);
  },
);

test("5.51 with a wrong password is tried once too, although its challenge is known before", async () => {
  const it = await device({ generation: "legacy", version: "5.51.7" });
  const { camera } = cameraOf(it, "wrong");
  for (let look = 0; look < 3; look++) expect(await camera.look(never)).toMatchObject({ access: "denied" });
  expect(it.heard.filter((line) => line.endsWith("param.cgi digest"))).toHaveLength(1);
});

test("a nonce that aged is no wrong password", async () => {
  const it = await device({
    override({ headers }) {
      if (headers.authorization) it.script.nonce = "d2fe0b7102dd2f0e";
      return false;
    },
  });
  expect(await cameraOf(it).camera.look(never)).toMatchObject({ access: "granted" });
  expect(it.heard.filter((line) => line.includes("firmware"))).toHaveLength(3);
});

test("basic alone over plain HTTP: no password is sent, and the login does not rest", async () => {
  const it = await device({ auth: { http: "basic", https: "basic" } });
  const { camera } = cameraOf(it);
  expect(await camera.look(never)).toMatchObject({ access: "denied" });
  expect(it.heard.every((line) => line.endsWith(" -"))).toBe(true);
  it.script.auth.http = "digest";
  expect(await camera.look(never)).toMatchObject({ access: "granted" });
});

test("a device that names another serial once it is logged in to is another device", async () => {
  const it = await device({
    override(request, response) {
      if (request.url !== "/axis-cgi/basicdeviceinfo.cgi" || !request.headers.authorization) return false;
      const propertyList = { SerialNumber: "ACCC8E777777", Version: "12.9.57" };
      response.end(JSON.stringify({ apiVersion: "1.3", data: { propertyList } }));
      return true;
    },
  });
  expect(await cameraOf(it).camera.look(never)).toMatchObject({ serial: "ACCC8E777777" });
});

test("a silent device is a reading", async () => {
  const it = await device({});
  const { camera } = cameraOf(it);
  await it.close();
  expect(await camera.look(never)).toMatchObject({ answers: false, serial: null });
});

test.each(["http", "https"] as const)(
  "an upload over %s is sent once, whole, after a cheap login",
  async (scheme) => {
    const it = await device(scheme === "https" ? { http: false, tls: tls.first } : {});
    const staged = image(5_000_000);
    const marks: number[] = [];
    let sent = 0;
    const answer = await cameraOf(it).camera.upload(
      staged,
      options({ onSent: (bytes) => (sent = bytes), beforeLastChunk: () => marks.push(sent) }),
      never,
    );
    expect(answer).toEqual({ kind: "accepted", version: "12.11.77" });
    expect(it.images).toEqual([
      {
        bytes: staged.sizeBytes,
        sha256: staged.digest,
        json: JSON.stringify({
          apiVersion: "1.0",
          context: "run-1",
          method: "upgrade",
          params: { autoCommit: "never", autoRollback: "30" },
        }),
      },
    ]);
    expect(marks).toHaveLength(1);
    expect(marks[0]).toBeLessThanOrEqual(staged.sizeBytes - 1024 * 1024);
    expect(sent).toBe(staged.sizeBytes);
  },
);

test("5.51 takes its image through the old call", async () => {
  const it = await device({ generation: "legacy", version: "5.51.7" });
  const staged = image(2_000_000);
  expect(await cameraOf(it).camera.upload(staged, options(), never)).toEqual({
    kind: "accepted",
    version: null,
  });
  expect(it.images).toEqual([{ bytes: staged.sizeBytes, sha256: staged.digest, json: null }]);
});

const MODERN_REFUSAL = JSON.stringify({
  method: "upgrade",
  error: { code: 421, message: "Not for this device." },
});
const BUSY = JSON.stringify({ method: "upgrade", error: { code: 423, message: "Busy" } });
const INTERNAL = JSON.stringify({
  method: "upgrade",
  error: { code: 500, message: "Unexpected internal error." },
});

test.each([
  [
    { status: 200, body: MODERN_REFUSAL },
    { kind: "refused", code: 421, message: "Not for this device." },
  ],
  [{ status: 200, body: BUSY }, { kind: "busy" }],
  [{ status: 423, body: "" }, { kind: "busy" }],
  [
    { status: 200, body: INTERNAL },
    { kind: "unknown", reason: "internal error" },
  ],
  [
    { status: 500, body: "oops" },
    { kind: "unknown", reason: "HTTP 500" },
  ],
  [
    { status: 200, body: "[[[" },
    { kind: "unknown", reason: "unreadable answer" },
  ],
  ["hangUp" as const, { kind: "unknown", reason: "ECONNRESET" }],
])("an upload answered with %j is not sent again", async (uploadAnswer, expected) => {
  const it = await device({ uploadAnswer });
  const { camera } = cameraOf(it);
  expect(await camera.upload(image(100_000), options(), never)).toEqual(expected);
  expect(it.images).toHaveLength(1);
});

test("a device that sends us elsewhere is not followed", async () => {
  const elsewhere = await device({});
  const location = (path = "/") => `http://127.0.0.1:${elsewhere.ports.http}${path}`;
  const it = await device({});
  const { camera } = cameraOf(it);
  expect(await camera.look(never)).toMatchObject({ access: "granted" });
  it.script.override = ({ url }, response) => {
    response.writeHead(307, { location: location(url) }).end();
    return true;
  };
  expect(await camera.look(never)).not.toMatchObject({ access: "granted" });
  for (const act of [camera.commit(never), camera.upload(image(10), options(), never)])
    await expect(act).rejects.toSatisfy((error) => isFault(error));
  expect(elsewhere.heard).toEqual([]);
});

test("an upload that is taken back before its last bytes drops the connection", async () => {
  const it = await device({});
  const stop = new AbortController();
  const reason = new Error("cancelled");
  let marked = false;
  const sending = cameraOf(it).camera.upload(
    image(30_000_000),
    options({
      onSent: (bytes) => bytes > 2_000_000 && stop.abort(reason),
      beforeLastChunk: () => (marked = true),
    }),
    stop.signal,
  );
  await expect(sending).rejects.toBe(reason);
  expect({ marked, images: it.images }).toEqual({ marked: false, images: [] });
});

test("a connection that breaks before the last bytes is a cut transfer", async () => {
  const it = await device({
    override(request) {
      if (!/multipart/.test(request.headers["content-type"] ?? "")) return false;
      request.once("data", () => request.socket.destroy());
      return true;
    },
  });
  let marked = false;
  const sending = cameraOf(it).camera.upload(
    image(80_000_000),
    options({ beforeLastChunk: () => (marked = true) }),
    never,
  );
  await expect(sending).rejects.toSatisfy((error) => isFault(error, "TRANSFER_CUT"));
  expect(marked).toBe(false);
});

test("commit, roll back, restart, backup", async () => {
  const it = await device({ tls: tls.first, inactiveVersion: "11.11.192", committed: false });
  const { camera } = cameraOf(it);
  await camera.commit(never);
  expect(it.script.committed).toBe(true);
  await camera.rollBack(never);
  await camera.restart(never);
  const saved = JSON.parse(Buffer.from(await camera.backup(never)).toString());
  expect(saved).toMatchObject({
    format: "fyr-device-backup/1",
    serial: SERIAL,
    version: "12.9.57",
    applications: null,
  });
  expect(saved.parameters).toContain("root.Brand.ProdNbr=P3265-V");
  it.script.inactiveVersion = null;
  await expect(camera.rollBack(never)).rejects.toMatchObject({
    code: "ROLLBACK_FAILED",
    details: { code: 404 },
  });
});

test("the password is in no log, no error and no reading", async () => {
  const canary = "kanarie-7f3a91";
  const lines: string[] = [];
  const log = createLog({
    name: "t",
    level: "trace",
    to: { write: (line: string) => void lines.push(line) },
  });
  const shown: unknown[] = [];
  const said = (work: Promise<unknown>) => work.catch((error: unknown) => error).then((it) => shown.push(it));
  const scripts: Parameters<typeof scriptedDevice>[0][] = [
    { password: canary },
    { password: "another" },
    { password: canary, tls: tls.first, uploadAnswer: "hangUp" },
    { password: canary, generation: "legacy", version: "5.51.7", uploadAnswer: { status: 500, body: "" } },
  ];
  for (const script of scripts) {
    const { camera } = cameraOf(await device(script), canary, log);
    await said(camera.look(never));
    await said(camera.commit(never));
    await said(camera.rollBack(never));
    await said(camera.backup(never));
    await said(camera.restart(never));
    await said(camera.upload(image(10), options(), never));
  }
  const text = [...lines, inspect(shown, { depth: 20, showHidden: true, maxStringLength: null })].join("\n");
  const forms = [
    canary,
    ...["base64", "hex"].map((form) => Buffer.from(`root:${canary}`).toString(form as "hex")),
  ];
  for (const form of forms) expect(text).not.toContain(form);
  expect(lines.length).toBeGreaterThan(0);
});
