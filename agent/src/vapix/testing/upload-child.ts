import { Digest, Serial } from "@fyr/protocol";
import { seededRandom, silentLog, systemClock, systemFiles } from "@fyr/runtime";
import { imageBody } from "../../cache/image-body.ts";
import type { StagedImage } from "../../ports.ts";
import { Secret } from "../../vault/secret.ts";
import { createCamera } from "../camera.ts";
import { storedPins } from "../pins.ts";
import { storedRefusals } from "../refusals.ts";
import { nodeWire } from "../wire/node-wire.ts";
import { memoryStore } from "./memory-store.ts";

/** A process of its own that uploads an image and tells by how much its memory grew. Started by `memory.test.ts`. */
const [httpPort, httpsPort, uploads, ...images] = process.argv.slice(2);
const store = memoryStore();
const camera = createCamera(
  {
    wire: nodeWire(systemClock),
    clock: systemClock,
    random: seededRandom("upload"),
    log: silentLog,
    pins: storedPins(store, systemClock),
    refusals: storedRefusals(store, systemClock),
  },
  () => ({
    serial: Serial.parse("ACCC8E012345"),
    host: "127.0.0.1",
    ports: { http: Number(httpPort) || null, https: Number(httpsPort) || null },
    login: { user: "root", password: new Secret("correct horse"), revision: "1" },
  }),
);

/** Path, digest and size of the image that warms up, then of the one that counts. */
const file = (from: number) => {
  const [path = "", digest, sizeBytes] = images.slice(from, from + 3);
  return { path, digest: Digest.parse(digest), sizeBytes: Number(sizeBytes) };
};
const many = Number(uploads);
const bufferBytes = many > 1 ? 128 * 1024 : 512 * 1024;
const staged = (from: number): StagedImage => {
  const image = file(from);
  return { ...image, body: () => imageBody(systemFiles, image, bufferBytes) };
};
const options = { autoRollbackMinutes: 30, runKey: "r", beforeLastChunk: () => {}, onSent: () => {} };
const send = (image: StagedImage, count: number) =>
  Promise.all(
    Array.from({ length: count }, () => camera.upload(image, options, new AbortController().signal)),
  );

const collect = (globalThis as { gc?: () => void }).gc;
await send(staged(0), 1); // everything that is made once is made before the count begins
collect?.();
const before = process.memoryUsage.rss();
let peak = before;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
const answers = await send(staged(3), many);
clearInterval(watch);
const kinds = [...new Set(answers.map(({ kind }) => kind))];
process.stdout.write(`${JSON.stringify({ kinds, grownBytes: peak - before })}\n`);
