import { Fault } from "@fyr/protocol";

/** Where the version stands in a raw image, by the version of its header (vapix.md 5.4). */
const OLD_HEADER = { at: 0x4c, length: 32 };
const NEW_HEADER = { at: 0x140, length: 64 };
const FIRST_NEW = 4;
const HEADER_BYTES = NEW_HEADER.at + NEW_HEADER.length;

/** Its byte order is nowhere written; header versions are small, so the smaller reading is the right one. */
const headerVersion = (start: Buffer): number => Math.min(start.readUInt32LE(4), start.readUInt32BE(4));

/**
 * The version that a raw image carries, as text.
 *
 * @throws Fault `IMAGE_TRUNCATED` when the file ends within its header
 */
export async function readRawVersion(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const start = Buffer.alloc(HEADER_BYTES);
  let filled = 0;
  for await (const chunk of bytes) {
    if (filled < HEADER_BYTES) start.set(chunk.subarray(0, HEADER_BYTES - filled), filled);
    filled += chunk.length;
  }
  if (filled < HEADER_BYTES) throw new Fault("IMAGE_TRUNCATED", { sizeBytes: filled });
  const { at, length } = headerVersion(start) < FIRST_NEW ? OLD_HEADER : NEW_HEADER;
  const field = start.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end < 0 ? length : end).trim();
}
