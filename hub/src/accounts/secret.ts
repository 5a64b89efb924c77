import { createHash, timingSafeEqual } from "node:crypto";
import type { Random } from "@fyr/runtime";

/** Bytes of a token: nobody guesses 256 bits, so a fast hash is enough to keep it. */
const TOKEN_BYTES = 32;

/** A session's or a mail's token. Given out once, kept as its hash. */
export const newToken = (random: Random): string =>
  Buffer.from(random.bytes(TOKEN_BYTES)).toString("base64url");

/** SHA-256 (hex) of something that nobody can guess. */
export const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** Whether two texts of one alphabet are equal; takes the same time wherever they differ. */
export const sameText = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(hashOf(one), "hex"), Buffer.from(hashOf(other), "hex"));

const CODE_DIGITS = 6;
/** The largest multiple of 10^6 below 2^32: numbers above it are drawn again, so that no code is likelier. */
const FAIR = Math.floor(2 ** 32 / 10 ** CODE_DIGITS) * 10 ** CODE_DIGITS;

/** Six digits, for a mail. */
export function newMailCode(random: Random): string {
  for (;;) {
    const drawn = Buffer.from(random.bytes(4)).readUInt32BE();
    if (drawn < FAIR) return String(drawn % 10 ** CODE_DIGITS).padStart(CODE_DIGITS, "0");
  }
}

/** Without 0, 1, 8 and 9, which are taken for letters (RFC 4648 base 32). */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Base 32 of RFC 4648 without padding, as authenticator apps read it. */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31] ?? "";
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + (ALPHABET[(held << (5 - bits)) & 31] ?? "") : text;
}

/** 120 bits in 24 letters: more than the 112 that security.md B1-S3 asks for. */
const RECOVERY_BYTES = 15;
const RECOVERY_CODES = 10;

const inGroups = (text: string): string => (text.match(/.{1,6}/g) ?? []).join("-");

/** `ABCDEF-GHIJKL-MNOPQR-STUVWX`, ten of them. */
export const newRecoveryCodes = (random: Random): string[] =>
  Array.from({ length: RECOVERY_CODES }, () => inGroups(base32(random.bytes(RECOVERY_BYTES))));

/** A code as it was typed, without what people put between its letters. */
export const bareCode = (typed: string): string => typed.replaceAll(/[\s-]/g, "").toUpperCase();

export const isRecoveryCode = (bare: string): boolean => /^[A-Z2-7]{24}$/.test(bare);
