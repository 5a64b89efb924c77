import { readFileSync } from "node:fs";

/**
 * SQLite ends its write-ahead log at the first frame whose checksum is wrong and says nothing: a flipped bit there
 * silently takes back what was acknowledged. So the log is looked through before it is opened.
 *
 * @see https://www.sqlite.org/fileformat2.html#walformat
 */

const HEADER_BYTES = 32;
const FRAME_BYTES = 24;
const MAGIC = 0x377f0682;

type Sums = readonly [number, number];

/** The log's running checksum over `bytes`, whose words are in the byte order that its magic number names. */
function add([first, second]: Sums, bytes: DataView, isBig: boolean): Sums {
  let [a, b] = [first, second];
  for (let at = 0; at < bytes.byteLength; at += 8) {
    a = (a + bytes.getUint32(at, !isBig) + b) >>> 0;
    b = (b + bytes.getUint32(at + 4, !isBig) + a) >>> 0;
  }
  return [a, b];
}

interface Log {
  readonly isBig: boolean;
  readonly pageBytes: number;
  readonly salts: string;
  readonly sums: Sums;
}

const part = (bytes: Uint8Array, from: number, length: number): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset + from, length);

const hex = (bytes: Uint8Array, from: number, length: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString("hex");

function readHeader(bytes: Uint8Array): Log | null {
  const header = part(bytes, 0, HEADER_BYTES);
  const magic = header.getUint32(0);
  if ((magic & ~1) >>> 0 !== MAGIC) return null;
  const isBig = (magic & 1) === 1;
  const sums = add([0, 0], part(bytes, 0, 24), isBig);
  if (sums[0] !== header.getUint32(24) || sums[1] !== header.getUint32(28)) return null;
  return { isBig, pageBytes: header.getUint32(8), salts: hex(bytes, 16, 8), sums };
}

/** The first frame that does not continue the chain of checksums; the end when all do. */
function endOfChain(bytes: Uint8Array, { isBig, pageBytes, salts, sums }: Log): number {
  const step = FRAME_BYTES + pageBytes;
  let running = sums;
  let at = HEADER_BYTES;
  for (; at + step <= bytes.length; at += step) {
    running = add(running, part(bytes, at, 8), isBig);
    running = add(running, part(bytes, at + FRAME_BYTES, pageBytes), isBig);
    const frame = part(bytes, at, FRAME_BYTES);
    const fits = frame.getUint32(16) === running[0] && frame.getUint32(20) === running[1];
    if (!fits || hex(bytes, at + 8, 8) !== salts) break;
  }
  return at;
}

/**
 * False when frames of the log's present generation lie behind its end: acknowledged transactions may be among them.
 * Frames of an earlier generation, and a last one that was not written to its end, are no loss.
 */
export function isWholeLog(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES) return true;
  const log = readHeader(bytes);
  if (!log) return bytes.every((byte) => byte === 0);
  const step = FRAME_BYTES + log.pageBytes;
  for (let at = endOfChain(bytes, log); at + step <= bytes.length; at += step) {
    if (hex(bytes, at + 8, 8) === log.salts) return false;
  }
  return true;
}

export function walIsWhole(path: string): boolean {
  try {
    return isWholeLog(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
}
