import type { ImageFacts } from "@fyr/certs";
import type { Files, OpenFile } from "@fyr/runtime";
import { pieceVerifier, type PieceHashes } from "./piece-verifier.ts";

const MIB = 1024 * 1024;
/** How much a power cut may cost: what was written since is fetched again. */
const SYNC_EVERY_BYTES = 4 * MIB;
const READ_BYTES = 512 * 1024;

/** An image that grows on the disk. What a former process left of it counts as far as its pieces prove good. */
export interface PartFile {
  /** Where the next byte belongs. */
  readonly at: number;
  /** Writes and checks bytes from `at` on. @throws BadPiece when a piece ended and is not the signed one */
  take(bytes: Uint8Array): Promise<void>;
  /** Whether the whole file is the signed image; it is on the disk when this returns. */
  finish(): Promise<boolean>;
  close(): Promise<void>;
}

/** A piece arrived that is not the one that was signed; it was taken back. */
export class BadPiece extends Error {
  override readonly name = "BadPiece";
  readonly index: number;

  constructor(index: number) {
    super(`piece ${index} is not the signed one`);
    this.index = index;
  }
}

/**
 * Opens, or begins, the partial file of an image. There is no journal beside it: the file grows from the front, so its
 * length says how far it came, and the signed piece hashes say how far it is good; a torn end is cut off.
 */
export async function openPart(
  files: Files,
  path: string,
  facts: ImageFacts,
  hashes: PieceHashes,
): Promise<PartFile> {
  const verifier = pieceVerifier(facts, hashes);
  const file = await files.open(path, "write");
  let syncedAt = 0;
  try {
    const foundBytes = (await files.stat(path))?.sizeBytes ?? 0;
    await proveFound(file, Math.min(foundBytes, facts.sizeBytes));
    if (foundBytes > verifier.at) await file.truncate(verifier.at);
    syncedAt = verifier.at;
  } catch (error) {
    await file.close();
    throw error;
  }

  async function proveFound(found: OpenFile, sizeBytes: number): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    while (verifier.at < sizeBytes) {
      const wanted = Math.min(buffer.length, verifier.left, sizeBytes - verifier.at);
      const bytesRead = await found.read(buffer.subarray(0, wanted), verifier.at);
      if (bytesRead === 0 || !verifier.count(buffer.subarray(0, bytesRead))) return;
    }
  }

  async function write(bytes: Uint8Array): Promise<void> {
    const piece = verifier.piece;
    await file.write(bytes, verifier.at);
    if (!verifier.count(bytes)) {
      await file.truncate(verifier.at);
      throw new BadPiece(piece);
    }
    if (verifier.at - syncedAt < SYNC_EVERY_BYTES) return;
    await file.sync();
    syncedAt = verifier.at;
  }

  return {
    get at() {
      return verifier.at;
    },
    async take(bytes) {
      for (let from = 0; from < bytes.length;) {
        const fits = bytes.subarray(from, from + verifier.left);
        if (fits.length === 0) throw new Error("more bytes than the image has");
        await write(fits);
        from += fits.length;
      }
    },
    async finish() {
      await file.sync();
      return verifier.whole();
    },
    close: () => file.close(),
  };
}
