import { createHash, type Hash } from "node:crypto";
import { containerOf, INFO_WITHIN_BYTES, type Container } from "./container.ts";
import { ImageInfo, sealFrame } from "./image.ts";
import { readSeal, SEAL_BYTES, type SealState } from "./seal.ts";

export interface ReadImage {
  readonly bytes: number;
  /** SHA-256 of all of it, hex. */
  readonly sha256: string;
  /** Null when not even the magic bytes are those of an image. */
  readonly container: Container | null;
  /** Null when the container holds no usable info.json. */
  readonly info: ImageInfo | null;
  readonly seal: SealState;
}

/** Nothing longer stands behind the packed content, whatever the container. */
const LONGEST_TAIL_BYTES = Math.max(
  ...(["raw", "gzip", "zstd"] as const).map((name) => sealFrame(name).total),
);

/** Takes an image in pieces, in constant memory, and says at the end what it was. */
export interface ImageReader {
  take(chunk: Uint8Array): void;
  /** Taken so far. */
  readonly bytes: number;
  end(): Promise<ReadImage>;
}

export function imageReader(): ImageReader {
  const start = Buffer.alloc(INFO_WITHIN_BYTES);
  const hash = createHash("sha256");
  let tail: Uint8Array = new Uint8Array();
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    take(chunk) {
      if (bytes < start.length) start.set(chunk.subarray(0, start.length - bytes), bytes);
      bytes += chunk.length;
      const unhashed = Buffer.concat([tail, chunk]);
      const settled = Math.max(0, unhashed.length - LONGEST_TAIL_BYTES);
      hash.update(unhashed.subarray(0, settled));
      tail = Uint8Array.from(unhashed.subarray(settled));
    },
    async end() {
      const head = start.subarray(0, bytes);
      const container = containerOf(head);
      const info = container && parseInfo(await container.readInfo(head));
      const seal = container ? sealIn(container, hash, tail) : hashRest(hash, tail);
      return { bytes, sha256: hash.digest("hex"), container, info, seal };
    },
  };
}

/** Hashes the rest, and asks the seal about what stands before it. */
function sealIn(container: Container, hash: Hash, tail: Uint8Array): SealState {
  const frame = sealFrame(container.name);
  const frameAt = Math.max(0, tail.length - frame.total);
  hash.update(tail.subarray(0, frameAt));
  const contentDigest = hash.copy().digest();
  hash.update(tail.subarray(frameAt));
  const sealAt = frameAt + frame.before;
  return readSeal(tail.subarray(sealAt, sealAt + SEAL_BYTES), contentDigest);
}

function hashRest(hash: Hash, tail: Uint8Array): SealState {
  hash.update(tail);
  return "none";
}

function parseInfo(text: string | null): ImageInfo | null {
  try {
    return text === null ? null : (ImageInfo.safeParse(JSON.parse(text)).data ?? null);
  } catch {
    return null;
  }
}
