import { createHash } from "node:crypto";
import { CHUNK_BYTES } from "@fyr/protocol";
import type { OpenFile } from "@fyr/runtime";

/** What the bytes of an image say by themselves. */
export interface Measured {
  readonly digest: string;
  readonly sha512: string;
  readonly sizeBytes: number;
  /** SHA-256 of each piece of 1 MiB, 32 bytes each: the content of `<digest>.chunks`. */
  readonly chunks: Uint8Array;
  readonly chunksSha256: string;
}

export const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** Hashes an image in one pass and constant memory. */
export async function measureImage(bytes: AsyncIterable<Uint8Array>): Promise<Measured> {
  const whole = createHash("sha256");
  const long = createHash("sha512");
  const hashes: Buffer[] = [];
  let piece = createHash("sha256");
  let inPiece = 0;
  let sizeBytes = 0;
  const endPiece = () => {
    hashes.push(piece.digest());
    piece = createHash("sha256");
    inPiece = 0;
  };
  for await (const chunk of bytes) {
    whole.update(chunk);
    long.update(chunk);
    sizeBytes += chunk.length;
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + CHUNK_BYTES - inPiece);
      piece.update(part);
      at += part.length;
      inPiece += part.length;
      if (inPiece === CHUNK_BYTES) endPiece();
    }
  }
  if (inPiece > 0) endPiece();
  const chunks = Buffer.concat(hashes);
  const chunksSha256 = sha256(chunks).toString("hex");
  return { digest: whole.digest("hex"), sha512: long.digest("hex"), sizeBytes, chunks, chunksSha256 };
}

/** The bytes of an open file from its start; each buffer is good until the next is asked for. */
export async function* bytesOf(file: OpenFile, pieceBytes = 256 * 1024): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(pieceBytes);
  for (let position = 0; ;) {
    const read = await file.read(buffer, position);
    if (read === 0) return;
    position += read;
    yield buffer.subarray(0, read);
  }
}

/** The name of the side file with the hashes of an image's pieces. */
export const chunksPath = (digest: string): string => `${digest}.chunks`;
