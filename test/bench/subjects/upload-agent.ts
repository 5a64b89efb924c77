import { imageBody, realSite } from "@fyr/agent/testing";
import type { Digest, Serial } from "@fyr/protocol";
import { systemFiles } from "@fyr/runtime";

/** Sends an image to a camera, so many times at once. Arguments: port, file, digest, size, times. */
const [port, path = "", digest, size, times] = process.argv.slice(2);
const sizeBytes = Number(size);
const count = Number(times);
const site = realSite([{ addresses: "127.0.0.1", httpPort: Number(port), httpsPort: null }]);
const never = new AbortController().signal;
await site.discovery.sweep(never);
const device = site.inventory.find("B8A44F000001" as Serial);
if (!device) throw new Error("the camera was not found");
const bufferBytes = (count > 8 ? 128 : 512) * 1024;
const image = {
  digest: digest as Digest,
  sizeBytes,
  body: () => imageBody(systemFiles, { path, digest: digest as Digest, sizeBytes }, bufferBytes),
};
const options = { autoRollbackMinutes: 30, runKey: "bench", beforeLastChunk: () => {}, onSent: () => {} };
const send = async () => {
  const answer = await site.inventory.camera(device).upload(image, options, never);
  if (answer.kind !== "accepted") throw new Error(`the camera answered ${JSON.stringify(answer)}`);
};

globalThis.gc?.();
const before = process.memoryUsage().rss;
let peak = before;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
const cpu = process.cpuUsage();
await Promise.all(Array.from({ length: count }, send));
const { user, system } = process.cpuUsage(cpu);
clearInterval(watch);
const cpuSeconds = (user + system) / 1e6;
process.stdout.write(
  JSON.stringify({ cpuSecondsPerGb: cpuSeconds / ((sizeBytes * count) / 1e9), growthBytes: peak - before }),
);
process.exit(0);
