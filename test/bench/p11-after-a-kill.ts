import { createHash, randomBytes, randomInt } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHUNK_BYTES } from "@fyr/protocol";
import { subject, type Subject } from "./child.ts";
import { absolute, type Benchmark } from "./figure.ts";

const MB = 2 ** 20;
const IMAGE_BYTES = 64 * MB + 12_345;
const KILLS = 5;

/** An image on a disk, and what its publishers would say of it. */
async function publish(folder: string) {
  const bytes = randomBytes(IMAGE_BYTES);
  const path = join(folder, "image.bin");
  await writeFile(path, bytes);
  const sha256 = (of: Uint8Array) => createHash("sha256").update(of).digest();
  const pieces = Array.from({ length: Math.ceil(IMAGE_BYTES / CHUNK_BYTES) }, (_, index) =>
    sha256(bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)),
  );
  const chunkList = Buffer.concat(pieces);
  const facts = {
    product: "camera",
    models: ["P3265-V"],
    hardwareIds: [],
    version: "12.11.77",
    releaseCounter: 1,
    upgradeableFrom: [],
    mandatorySteps: [],
    withdrawn: false,
    chunkSizeBytes: CHUNK_BYTES,
    chunksSha256: sha256(chunkList).toString("hex"),
    notes: "",
    digest: sha256(bytes).toString("hex"),
    sha512: createHash("sha512").update(bytes).digest("hex"),
    sizeBytes: IMAGE_BYTES,
    chunkList: chunkList.toString("base64"),
  };
  return { path, facts: JSON.stringify(facts) };
}

/** Fetches one image through several kills. @returns the bytes that each kill made come twice */
async function fetchedAgain(program: Subject, folder: string): Promise<number> {
  const { path, facts } = await publish(folder);
  const fetch = (bytes: number) => program.run<{ fetched: number }>(folder, path, facts, String(bytes));
  let fetched = 0;
  for (let kill = 0; kill < KILLS; kill++)
    fetched += (await fetch(randomInt(MB, Math.floor(IMAGE_BYTES / KILLS)))).fetched;
  fetched += (await fetch(0)).fetched;
  return (fetched - IMAGE_BYTES) / KILLS;
}

export const benchmark: Benchmark = {
  id: "P11",
  title: "what SIGKILL costs the agent",
  async run(rounds) {
    const [fetching, resuming] = [await subject("fetch-image"), await subject("open-jobs")];
    const [again, seconds]: [number[], number[]] = [[], []];
    try {
      for (let round = 0; round < rounds; round++) {
        const folder = await mkdtemp(join(tmpdir(), "fyr-bench-"));
        again.push((await fetchedAgain(fetching, folder)) / MB);
        await rm(folder, { recursive: true });
        seconds.push((await resuming.run<{ firstMs: number }>("200")).firstMs / 1000);
      }
      return [
        absolute("P11", "bytes fetched again after a kill", "MB", again, { atMost: 1 }),
        absolute("P11", "until the next right action, 200 jobs open", "s", seconds, { atMost: 0.3 }),
      ];
    } finally {
      await Promise.all([fetching.remove(), resuming.remove()]);
    }
  },
};
