import { open } from "node:fs/promises";
import { writeSync } from "node:fs";
import { join } from "node:path";
import type { ImageFacts } from "@fyr/certs";
import { createImageCache, fileDisk, openStore } from "@fyr/agent/testing";
import { silentLog, systemClock, systemFiles, systemRandom } from "@fyr/runtime";

/**
 * Brings an image into a site's cache and dies by SIGKILL after so many bytes (0: never).
 * Arguments: folder, image file, facts as JSON, bytes. Prints the bytes that came over the line.
 */
const [folder = "", source = "", factsJson = "", diesAfter] = process.argv.slice(2);
const facts = JSON.parse(factsJson) as ImageFacts & { chunkList: string };
const limit = Number(diesAfter) || Number.POSITIVE_INFINITY;
const { chunkList, ...image } = facts;
const file = await open(source);
let fetched = 0;

function count(bytes: number): void {
  fetched += bytes;
  if (fetched < limit) return;
  writeSync(1, JSON.stringify({ fetched }));
  process.kill(process.pid, "SIGKILL");
}

const LINE_BYTES = 64 * 1024;
const hub = {
  chunkHashes: () => Promise.resolve(Buffer.from(chunkList, "base64")),
  async imageRange(_digest: string, from: number, to: number, take: (bytes: Uint8Array) => Promise<void>) {
    for (let at = from; at < to; at += LINE_BYTES) {
      const bytes = new Uint8Array(Math.min(LINE_BYTES, to - at));
      await file.read(bytes, 0, bytes.length, at);
      count(bytes.length);
      await take(bytes);
    }
  },
};

const { state } = openStore(fileDisk(join(folder, "agent.db"), 0));
const cache = createImageCache(
  { hub, files: systemFiles, clock: systemClock, random: systemRandom, store: state, log: silentLog },
  { folder: join(folder, "images"), keepFreeBytes: 0 },
);
await cache.stage(image, "bench", () => {}, new AbortController().signal);
process.stdout.write(JSON.stringify({ fetched }));
process.exit(0);
