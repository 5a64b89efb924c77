import { createHash } from "node:crypto";
import { Fault, TRANSFER, type Digest } from "@fyr/protocol";
import type { BodySource, Files, OpenFile } from "@fyr/runtime";

export interface ImageFile {
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * The bytes of a cached image, read through one reused buffer and hashed as they pass. The last bytes, without which no
 * device can hold an image (`TRANSFER.lastChunkBytes`), are handed out only when the whole file has proved to be the
 * signed one: they are hashed ahead and compared again as they are read for good.
 *
 * @throws Fault IMAGE_CORRUPT before the last bytes, when the file on the disk is another one by now
 */
export const imageBody = (files: Files, image: ImageFile, bufferBytes: number): BodySource => ({
  lengthBytes: image.sizeBytes,
  async *chunks() {
    const file = await files.open(image.path, "read");
    try {
      yield* provedBytes(file, image, new Uint8Array(bufferBytes));
    } finally {
      await file.close();
    }
  },
});

async function* provedBytes(file: OpenFile, image: ImageFile, buffer: Uint8Array): AsyncIterable<Uint8Array> {
  const hash = createHash("sha256");
  const tailAt = Math.max(0, image.sizeBytes - TRANSFER.lastChunkBytes);
  for await (const { bytes } of pieces(file, buffer, 0, tailAt)) {
    hash.update(bytes);
    yield bytes;
  }
  const tail: string[] = [];
  for await (const { bytes } of pieces(file, buffer, tailAt, image.sizeBytes)) {
    hash.update(bytes);
    tail.push(digestOf(bytes));
  }
  if (hash.digest("hex") !== image.digest) throw corrupt(image.digest);
  for await (const { bytes, index } of pieces(file, buffer, tailAt, image.sizeBytes)) {
    if (digestOf(bytes) !== tail[index]) throw corrupt(image.digest);
    yield bytes;
  }
}

async function* pieces(file: OpenFile, buffer: Uint8Array, from: number, to: number) {
  let index = 0;
  for (let at = from; at < to; at += buffer.length) {
    const bytes = buffer.subarray(0, Math.min(buffer.length, to - at));
    await fill(file, bytes, at);
    yield { bytes, index: index++ };
  }
}

async function fill(file: OpenFile, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const bytesRead = await file.read(bytes.subarray(done), at + done);
    if (bytesRead === 0) throw new Fault("IMAGE_CORRUPT", { reason: "the file is shorter" });
    done += bytesRead;
  }
}

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const corrupt = (digest: Digest): Fault => new Fault("IMAGE_CORRUPT", { digest });

/** Whether a file is the signed image, as a whole. */
export async function isImage(files: Files, image: ImageFile): Promise<boolean> {
  const found = await files.stat(image.path);
  if (found?.sizeBytes !== image.sizeBytes) return false;
  const hash = createHash("sha256");
  const file = await files.open(image.path, "read");
  try {
    const buffer = new Uint8Array(512 * 1024);
    for await (const { bytes } of pieces(file, buffer, 0, image.sizeBytes)) hash.update(bytes);
    return hash.digest("hex") === image.digest;
  } finally {
    await file.close();
  }
}
