import { createHash, type Hash } from "node:crypto";
import { Fault } from "@fyr/protocol";
import type { ImageFacts } from "@fyr/certs";

const HASH_BYTES = 32;

/** The SHA-256 of each piece of an image. */
export interface PieceHashes {
  readonly pieceBytes: number;
  /** Whether `hash` is that of piece `index`. */
  matches(index: number, hash: Uint8Array): boolean;
}

/**
 * Reads a list of piece hashes as the hub serves it.
 *
 * @throws Fault IMAGE_CORRUPT when it is not the list that the publishers signed
 */
export function readPieceHashes(list: Uint8Array, facts: ImageFacts): PieceHashes {
  const pieces = Math.ceil(facts.sizeBytes / facts.chunkSizeBytes);
  const signed = createHash("sha256").update(list).digest("hex") === facts.chunksSha256;
  if (!signed || list.length !== pieces * HASH_BYTES) {
    throw new Fault("IMAGE_CORRUPT", { digest: facts.digest, part: "chunks" });
  }
  return {
    pieceBytes: facts.chunkSizeBytes,
    matches: (index, hash) =>
      Buffer.compare(list.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES), hash) === 0,
  };
}

/** A running check of an image from its first byte: piece by piece, and as a whole. */
export interface PieceVerifier {
  /** Bytes that count so far; those of the last, unfinished piece are not proved yet. */
  readonly at: number;
  /** Bytes until the piece in hand is whole. */
  readonly left: number;
  /** Index of the piece in hand. */
  readonly piece: number;
  /**
   * Counts bytes of the piece in hand, at most `left`.
   *
   * @returns false when they end the piece and its hash differs: everything since its beginning is taken back
   */
  count(bytes: Uint8Array): boolean;
  /** Whether the whole image is the one that was signed. Call once, at its end. */
  whole(): boolean;
}

export function pieceVerifier(facts: ImageFacts, hashes: PieceHashes): PieceVerifier {
  const wholes = { sha256: createHash("sha256"), sha512: createHash("sha512") };
  let kept = copies(wholes);
  let piece = createHash("sha256");
  let start = 0;
  let at = 0;
  const end = () => Math.min(start + hashes.pieceBytes, facts.sizeBytes);
  const closePiece = (): boolean => {
    const good = hashes.matches(start / hashes.pieceBytes, piece.digest());
    if (good) start = at;
    else {
      at = start;
      Object.assign(wholes, kept);
    }
    kept = copies(wholes);
    piece = createHash("sha256");
    return good;
  };
  return {
    get at() {
      return at;
    },
    get left() {
      return end() - at;
    },
    get piece() {
      return start / hashes.pieceBytes;
    },
    count(bytes) {
      if (bytes.length > end() - at) throw new Error("more bytes than the piece has");
      for (const hash of [piece, wholes.sha256, wholes.sha512]) hash.update(bytes);
      at += bytes.length;
      return at < end() || closePiece();
    },
    whole: () =>
      at === facts.sizeBytes &&
      wholes.sha256.digest("hex") === facts.digest &&
      wholes.sha512.digest("hex") === facts.sha512,
  };
}

const copies = ({ sha256, sha512 }: { sha256: Hash; sha512: Hash }) => ({
  sha256: sha256.copy(),
  sha512: sha512.copy(),
});
