import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { testPki } from "@fyr/certs/testing";
import { expect, test } from "vitest";
import { scriptedDevice } from "../testing/scripted-device.ts";

const MIB = 1024 * 1024;
const CHILD = fileURLToPath(new URL("../testing/upload-child.ts", import.meta.url));
const NODE = ["--expose-gc", "--conditions=source", "--import", "tsx", CHILD];

/** A file of zeros that takes no room on the disk. */
async function sparse(sizeBytes: number) {
  const folder = await mkdtemp(join(tmpdir(), "fyr-upload-"));
  const path = join(folder, "image");
  const file = await open(path, "w");
  await file.truncate(sizeBytes);
  await file.close();
  const hash = createHash("sha256");
  for (let at = 0; at < sizeBytes; at += MIB) hash.update(Buffer.alloc(Math.min(MIB, sizeBytes - at)));
  const digest = hash.digest("hex");
  return { digest, given: [path, digest, sizeBytes], remove: () => rm(folder, { recursive: true }) };
}

test.each([
  ["http", 1, 104 * MIB, 12],
  ["https", 1, 104 * MIB, 12],
  ["http", 50, 2 * MIB, 30],
] as const)(
  "over %s, %i at once, %i bytes each: memory grows by at most so many",
  async (scheme, count, bytes, mib) => {
    const tls = scheme === "https" ? await (await testPki(Date.now())).server(["127.0.0.1"]) : undefined;
    const device = await scriptedDevice({ http: !tls, ...(tls && { tls }) });
    const [small, image] = [await sparse(64 * 1024), await sparse(bytes)];
    const { http, https } = device.ports;
    const given = [http ?? 0, https ?? 0, count, ...small.given, ...image.given].map(String);
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [...NODE, ...given]);
      const { kinds, grownBytes } = JSON.parse(stdout) as { kinds: string[]; grownBytes: number };
      expect(kinds).toEqual(["accepted"]);
      expect(device.images).toHaveLength(count + 1);
      expect(new Set(device.images.map(({ sha256 }) => sha256))).toEqual(
        new Set([small.digest, image.digest]),
      );
      expect(grownBytes / MIB).toBeLessThanOrEqual(mib);
    } finally {
      await device.close();
      await small.remove();
      await image.remove();
    }
  },
);
