import { createHash } from "node:crypto";
import { Digest } from "@fyr/protocol";
import type { StagedImage } from "../../ports.ts";

const PIECE_BYTES = 300_000;

/** An image that lies in memory instead of in the cache. */
export const bufferImage = (bytes: Uint8Array): StagedImage => ({
  digest: Digest.parse(createHash("sha256").update(bytes).digest("hex")),
  sizeBytes: bytes.length,
  body: () => ({
    lengthBytes: bytes.length,
    async *chunks() {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
    },
  }),
});
