import * as childProcess from "node:child_process";
import { generateKeyPairSync, getRandomValues, randomBytes, randomUUID, scrypt } from "node:crypto";
import dgram from "node:dgram";
import { lookup } from "node:dns";
import { existsSync, promises, readFileSync, writeFileSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { get, request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import https from "node:https";
import { connect, createServer, isIP, Server, Socket } from "node:net";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import * as timers from "node:timers";
import { connect as connectTls } from "node:tls";
import { Worker } from "node:worker_threads";
import { systemClock, systemFiles, systemRandom } from "@fyr/runtime";
import { afterEach, expect, test } from "vitest";
import { seal, turn } from "./seal.ts";

const nothing = () => {};
let breakSeal = nothing;
afterEach(() => {
  const now = breakSeal;
  breakSeal = nothing;
  now();
});

const REACHES: readonly (readonly [what: string, reach: () => unknown])[] = [
  ["Date.now", () => Date.now()],
  ["new Date()", () => new Date()],
  ["Date()", () => Date()],
  ["new Date()", () => void Reflect.construct(Date, [])],
  ["performance.now", () => performance.now()],
  ["process.hrtime", () => process.hrtime()],
  ["process.hrtime", () => process.hrtime.bigint()],
  ["process.uptime", () => process.uptime()],
  ["the global.setTimeout", () => setTimeout(() => {}, 1)],
  ["the global.setInterval", () => setInterval(() => {}, 1)],
  ["the global.setImmediate", () => setImmediate(() => {})],
  ["node:timers.setTimeout", () => timers.setTimeout(() => {}, 1)],
  ["node:timers/promises.setTimeout", () => wait(1)],
  ["AbortSignal.timeout", () => AbortSignal.timeout(1)],
  ["Math.random", () => Math.random()],
  ["crypto.getRandomValues", () => crypto.getRandomValues(new Uint8Array(1))],
  ["crypto.getRandomValues", () => getRandomValues(new Uint8Array(1))],
  ["crypto.randomUUID", () => crypto.randomUUID()],
  ["crypto.subtle.digest", () => crypto.subtle.digest("SHA-256", new Uint8Array(1))],
  ["node:crypto.randomBytes", () => randomBytes(1)],
  ["node:crypto.randomUUID", () => randomUUID()],
  ["node:crypto.generateKeyPairSync", () => generateKeyPairSync("ed25519")],
  ["node:crypto.scrypt", () => scrypt("a", "b", 8, () => {})],
  ["process.env", () => process.env.HOME],
  ["node:os.hostname", () => hostname()],
  ["node:fs.readFileSync", () => readFileSync("/dev/null")],
  ["node:fs.writeFileSync", () => writeFileSync("/dev/null", "")],
  ["node:fs.existsSync", () => existsSync("/dev/null")],
  ["node:fs/promises.readFile", () => readFile("/dev/null")],
  ["node:fs/promises.open", () => open("/dev/null")],
  ["node:fs/promises.stat", () => promises.stat("/dev/null")],
  ["node:net.connect", () => connect(1)],
  ["node:net.createServer", () => createServer()],
  ["node:net Socket.connect", () => new Socket().connect(1)],
  ["node:net Server.listen", () => new Server().listen(0)],
  ["node:tls.connect", () => connectTls(1)],
  ["node:http.request", () => request("http://127.0.0.1")],
  ["node:http.get", () => get("http://127.0.0.1")],
  ["node:https.request", () => https.request("https://127.0.0.1")],
  ["node:http2.connect", () => connectHttp2("http://127.0.0.1")],
  ["node:dgram.createSocket", () => dgram.createSocket("udp4")],
  ["node:dns.lookup", () => lookup("localhost", () => {})],
  ["node:child_process.spawn", () => childProcess.spawn("true")],
  ["the global.fetch", () => fetch("http://127.0.0.1")],
  ["new WebSocket", () => new WebSocket("ws://127.0.0.1")],
  ["new Worker", () => new Worker("")],
  ["new WeakRef", () => new WeakRef({})],
  ["new FinalizationRegistry", () => new FinalizationRegistry(() => {})],
  // What the product hands to its cores as the real thing.
  ["Date.now", () => systemClock.wall()],
  ["performance.now", () => systemClock.mono()],
  ["the global.setTimeout", () => systemClock.after(1, () => {})],
  ["node:crypto.randomBytes", () => systemRandom.bytes(1)],
  ["node:fs/promises.readFile", () => systemFiles.read("/dev/null")],
];

test.each(REACHES)("a sealed world cannot reach %s", async (what, reach) => {
  const undo = seal();
  breakSeal = () => expect(undo).toThrow(what);
  const failure = await Promise.resolve()
    .then(reach)
    .catch((error: unknown) => error);
  expect(String(failure)).toContain(`the world reached for ${what}, from`);
  expect(String(failure)).toMatch(/(seal\.test|clock|random|files)\.ts:\d+/);
});

test("what was reached is told at the end, though it was caught on the way", () => {
  const undo = seal();
  const swallowed = () => {
    try {
      return Math.random();
    } catch {
      return 4;
    }
  };
  expect(swallowed()).toBe(4);
  expect(undo).toThrow("Math.random");
  expect(Math.random()).toBeLessThan(1);
  expect(undo).not.toThrow();
});

test("what does not depend on the machine stays open", async () => {
  breakSeal = seal();
  expect(new Date(0).toISOString()).toBe("1970-01-01T00:00:00.000Z");
  expect(new Date("2026-03-01T00:00:00Z")).toBeInstanceOf(Date);
  expect(Date.UTC(1970, 0, 1)).toBe(0);
  expect(isIP("127.0.0.1")).toBe(4);
  const order: string[] = [];
  queueMicrotask(() => order.push("microtask"));
  process.nextTick(() => order.push("tick"));
  await turn();
  expect(order.sort()).toEqual(["microtask", "tick"]);
  expect(AbortSignal.any([new AbortController().signal]).aborted).toBe(false);
});

test("everything is as it was when the seal is broken", async () => {
  const shelves = [globalThis, Date, Math, performance, process, crypto, timers.promises, promises];
  const look = () => shelves.map((one) => Object.getOwnPropertyDescriptors(one));
  const before = look();
  seal()();
  expect(look()).toEqual(before);
  expect(Math.abs(new Date().getTime() - Date.now())).toBeLessThan(5_000);
  expect(await systemFiles.read("/no/such/file")).toBe(null);
  expect(systemRandom.bytes(3)).toHaveLength(3);
  expect(process.env.PATH).toBeDefined();
});

test("nobody seals twice", () => {
  breakSeal = seal();
  expect(() => seal()).toThrow("sealed already");
});
