import { Serial, TRANSFER } from "@fyr/protocol";
import { seededRandom, silentLog } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { expect, test } from "vitest";
import type { UploadAnswer } from "../../ports.ts";
import { Secret } from "../../vault/secret.ts";
import type { Wire, WireAnswer, WireRequest } from "../exchange.ts";
import { storedPins } from "../pins.ts";
import { storedRefusals } from "../refusals.ts";
import { bufferImage } from "../testing/buffer-image.ts";
import { memoryStore } from "../testing/memory-store.ts";
import { upload } from "./upload.ts";

const SERIAL = Serial.parse("ACCC8E012345");
const MIB = 1024 * 1024;

const json = (value: unknown, given: Partial<WireAnswer> = {}): WireAnswer => ({
  ...{ status: 200, headers: {}, body: Buffer.from(JSON.stringify(value)), bodySent: true, ...given },
});

type Take = (request: WireRequest, taken: { bytes: number }) => Promise<WireAnswer>;

/** A device on a wire without sockets; `take` is what it does with an upload. */
function bench(take: Take, sizeBytes = 4 * MIB) {
  const clock = fakeClock();
  const store = memoryStore();
  const taken = { bytes: 0 };
  const stop = new AbortController();
  const marks: number[] = [];
  const wire: Wire = {
    async exchange(request) {
      if (request.body && "chunks" in request.body) return take(request, taken);
      const call = Buffer.from(request.body ?? new Uint8Array()).toString();
      if (call.includes("status"))
        return json({ method: "status", data: { activeFirmwareVersion: "12.9.57" } });
      return json({ data: { propertyList: { SerialNumber: SERIAL, Version: "12.9.57" } } });
    },
  };
  const run = upload(
    {
      ...{ wire, clock, random: seededRandom("upload"), log: silentLog },
      pins: storedPins(store, clock),
      refusals: storedRefusals(store, clock),
    },
    {
      ...{ serial: SERIAL, host: "10.0.0.1", ports: { http: 80, https: null } },
      login: { user: "root", password: new Secret("pass"), revision: "1" },
    },
    bufferImage(Buffer.alloc(sizeBytes, 3)),
    {
      autoRollbackMinutes: 30,
      runKey: "r",
      beforeLastChunk: () => marks.push(taken.bytes),
      onSent: () => {},
    },
    stop.signal,
  );
  let outcome: UploadAnswer | { code: string } | undefined;
  const over = run.then(
    (answer) => (outcome = answer),
    (error: { code: string }) => (outcome = error),
  );
  return { clock, taken, stop, marks, over, outcome: () => outcome };
}

const aborted = (signal: AbortSignal | undefined) =>
  new Promise<never>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));

/** Takes `bytesPerSecond`, in slices of a second, up to `most` bytes; then nothing more. */
const reading =
  (
    clock: () => { after(ms: number, act: () => void): unknown },
    bytesPerSecond: number,
    most = Infinity,
  ): Take =>
  async (request, taken) => {
    const body = request.body as { chunks(): AsyncIterable<Uint8Array>; lengthBytes: number };
    const read = async () => {
      for await (const chunk of body.chunks()) {
        for (let at = 0; at < chunk.length; at += bytesPerSecond) {
          if (taken.bytes >= most) await new Promise(() => {});
          taken.bytes += Math.min(bytesPerSecond, chunk.length - at);
          request.onSent?.(taken.bytes);
          await new Promise<void>((resolve) => void clock().after(1_000, resolve));
        }
      }
      return json({ method: "upgrade", data: { firmwareVersion: "12.11.77" } });
    };
    return Promise.race([read(), aborted(request.signal)]);
  };

test("an upload that stands still for a minute is given up", async () => {
  const it = bench(reading(() => it.clock, 100_000, 500_000));
  await it.clock.advance(10_000 + TRANSFER.stallMs - 15_000);
  expect(it.outcome()).toBeUndefined();
  await it.clock.advance(30_000);
  expect(it.outcome()).toMatchObject({ code: "TRANSFER_STALLED" });
  expect(it.marks).toEqual([]);
});

test("a slow upload is no stalled one", async () => {
  const it = bench(
    reading(() => it.clock, 2_000),
    400_000,
  );
  await it.clock.advance(230_000);
  expect(it.outcome()).toEqual({ kind: "accepted", version: "12.11.77" });
});

test("an upload below the slowest rate ends with its budget", async () => {
  const it = bench(
    reading(() => it.clock, 1_500),
    4 * MIB,
  );
  await it.clock.advance(299_000);
  expect(it.outcome()).toBeUndefined();
  await it.clock.advance(2_000);
  expect(it.outcome()).toMatchObject({ code: "TRANSFER_STALLED" });
});

test("the mark is made once, with at least the last bytes still here", async () => {
  const it = bench(
    reading(() => it.clock, MIB),
    5 * MIB + 77,
  );
  await it.clock.advance(60_000);
  expect(it.outcome()).toMatchObject({ kind: "accepted" });
  expect(it.marks).toHaveLength(1);
  expect(it.marks[0]).toBeLessThanOrEqual(4 * MIB + 77 + 400);
});

test("an image smaller than the last bytes is marked before any of it leaves", async () => {
  const it = bench(
    reading(() => it.clock, MIB),
    1_000,
  );
  await it.clock.advance(10_000);
  expect(it.outcome()).toMatchObject({ kind: "accepted" });
  expect(it.marks).toHaveLength(1);
  expect(it.marks[0]).toBeLessThan(500);
});

test("once the last bytes are on their way nobody takes the upload back", async () => {
  const it = bench(
    reading(() => it.clock, 100_000, 3.5 * MIB),
    4 * MIB,
  );
  await it.clock.advance(50_000);
  expect(it.marks).toHaveLength(1);
  it.stop.abort(new Error("cancelled"));
  await it.clock.advance(120_000);
  expect(it.outcome()).toBeUndefined();
});

test("a break after the mark leaves everything open", async () => {
  const it = bench(async (request, taken) => {
    for await (const chunk of (request.body as { chunks(): AsyncIterable<Uint8Array> }).chunks())
      taken.bytes += chunk.length;
    throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
  });
  await it.clock.advance(1_000);
  expect(it.outcome()).toEqual({ kind: "unknown", reason: "ECONNRESET" });
});

const STALE = { "www-authenticate": ['Digest realm="r", nonce="n", stale=true'] };
const FRESH = { "www-authenticate": ['Digest realm="r", nonce="n"'] };

test.each([
  ["a nonce that aged", { status: 401, headers: STALE, bodySent: false }, { code: "TRANSFER_CUT" }],
  ["a login that fails", { status: 401, headers: FRESH, bodySent: false }, { code: "DEVICE_DENIED" }],
  ["busy", { status: 423, bodySent: false }, { kind: "busy" }],
  ["too large", { status: 413, bodySent: false }, { kind: "refused", code: 413 }],
  ["success before the end", { status: 200, bodySent: false }, { code: "TRANSFER_CUT" }],
  ["an error before the end", { status: 500, bodySent: false }, { code: "TRANSFER_CUT" }],
] as const)("answered half-way: %s", async (_, given, expected) => {
  const it = bench(async (request, taken) => {
    for await (const chunk of (request.body as { chunks(): AsyncIterable<Uint8Array> }).chunks()) {
      taken.bytes += chunk.length;
      if (taken.bytes > MIB) break;
    }
    return json({ method: "upgrade", data: {} }, given);
  });
  await it.clock.advance(1_000);
  expect(it.outcome()).toMatchObject(expected);
  expect(it.marks).toEqual([]);
});
