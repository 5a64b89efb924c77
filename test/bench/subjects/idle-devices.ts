import { makeSite, serveSite } from "@fyr/simulator";

/** Serves as many idle devices as asked, and tells what they cost this process. */
const devices = Number(process.argv[2]);
globalThis.gc?.();
const before = process.memoryUsage().rss;
const begun = performance.now();
const running = await serveSite(makeSite({ devices, seed: "bench" }));
const startMs = performance.now() - begun;
globalThis.gc?.();
const { rss } = process.memoryUsage();
await running.close();
process.stdout.write(JSON.stringify({ startMs, growthBytes: rss - before, residentBytes: rss }));
process.exit(0);
