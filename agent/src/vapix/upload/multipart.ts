import { TRANSFER } from "@fyr/protocol";
import type { BodySource } from "@fyr/runtime";

/** What stands before and after the image in the body. */
export interface Frame {
  readonly contentType: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** A part of a form; the order counts for devices, the names do not (vapix.md 1.5). */
interface Part {
  readonly disposition: string;
  readonly contentType: string;
}

const JSON_PART: Part = { disposition: 'name="json"', contentType: "application/json" };
const FILE_PART: Part = {
  disposition: 'name="file"; filename="image.bin"',
  contentType: "application/octet-stream",
};

const head = (boundary: string, { disposition, contentType }: Part): string =>
  `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: ${contentType}\r\n\r\n`;

/**
 * Frames an image as `multipart/form-data`.
 *
 * @param json goes first and without a file name: some AXIS OS versions refuse one that has it (vapix.md 1.5)
 */
export function frame(boundary: string, json?: string): Frame {
  const order = json === undefined ? "" : `${head(boundary, JSON_PART)}${json}\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    before: Buffer.from(order + head(boundary, FILE_PART)),
    after: Buffer.from(`\r\n--${boundary}--\r\n`),
  };
}

/** The whole body; `beforeTail` runs, and returns, before the image's last bytes are handed out. */
export function framedImage({ before, after }: Frame, image: BodySource, beforeTail: () => void): BodySource {
  const tailAt = Math.max(0, image.lengthBytes - TRANSFER.lastChunkBytes);
  return {
    lengthBytes: before.length + image.lengthBytes + after.length,
    async *chunks() {
      yield before;
      yield* marked(image, tailAt, beforeTail);
      yield after;
    },
  };
}

async function* marked(image: BodySource, tailAt: number, beforeTail: () => void): AsyncIterable<Uint8Array> {
  let at = 0;
  let marked = false;
  for await (const chunk of image.chunks()) {
    const cut = Math.min(chunk.length, Math.max(0, tailAt - at));
    if (cut > 0) yield chunk.subarray(0, cut);
    if (cut < chunk.length) {
      if (!marked) beforeTail();
      marked = true;
      yield chunk.subarray(cut);
    }
    at += chunk.length;
  }
  if (!marked) beforeTail();
}
