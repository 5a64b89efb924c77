import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs";

/** Written in pieces of this size, so that filling takes little memory. */
const PIECE_BYTES = 1024 * 1024;

/**
 * A file that only takes up space. When the disk is full, giving it up lets the journal be written a while longer:
 * long enough to finish and record what is under way. Its bytes do not compress, or some file systems would keep
 * nothing.
 */
export function ballast(path: string, bytes: number): { reserve(): boolean; release(): boolean } {
  const size = () => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return {
    reserve() {
      if (bytes === 0 || size() === bytes) return true;
      try {
        fill(path, bytes);
        return true;
      } catch {
        rmSync(path, { force: true });
        return false;
      }
    },
    release() {
      const held = size() > 0;
      rmSync(path, { force: true });
      return held;
    },
  };
}

function fill(path: string, bytes: number): void {
  const piece = noise(Math.min(PIECE_BYTES, bytes));
  const file = openSync(path, "w", 0o600);
  try {
    for (let done = 0; done < bytes;) done += writeSync(file, piece, 0, Math.min(piece.length, bytes - done));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Bytes without pattern, the same each time (xorshift32). */
function noise(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let word = 0x9e3779b9;
  for (let at = 0; at < words.length; at++) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[at] = word;
  }
  return new Uint8Array(words.buffer, 0, length);
}
