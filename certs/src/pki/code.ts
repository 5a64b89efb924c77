import { createHash } from "node:crypto";
import { Fault } from "@fyr/protocol";
import type { Random } from "@fyr/runtime";
import { checkCharacter, fromBase32, normalBase32, toBase32 } from "./base32.ts";

/** What an installer types or scans once: a secret, and which root the hub must prove (security.md 7.3). */
export interface EnrolmentCode {
  /** 15 bytes of which 115 bits are random. Never travels, never stored on the hub. */
  readonly secret: Uint8Array;
  /** The first 80 bits of SHA-256 over the root's public key. */
  readonly rootPin: Uint8Array;
}

const SECRET_CHARS = 23;
const PIN_BYTES = 10;
const PIN_CHARS = 16;
const CODE_CHARS = SECRET_CHARS + PIN_CHARS + 1;

const grouped = (text: string): string => (text.match(/.{5}/g) ?? []).join("-");

/**
 * A new code, eight groups of five characters: 115 random bits, the root's pin, a check character.
 *
 * @param rootKeyHash SHA-256 (hex) of the root's public key, as `keyHash` gives it
 */
export function newEnrolmentCode(random: Random, rootKeyHash: string): string {
  const secret = toBase32(random.bytes(15)).slice(0, SECRET_CHARS);
  const pin = toBase32(Buffer.from(rootKeyHash, "hex").subarray(0, PIN_BYTES));
  return grouped(secret + pin + checkCharacter(secret + pin));
}

/**
 * Reads a code as people write it: any case, with or without spaces and dashes, O for 0, I and L for 1.
 *
 * @throws Fault `ENROL_CODE_INVALID` when it cannot be a code, which any one wrong character makes certain
 */
export function readEnrolmentCode(typed: string): EnrolmentCode {
  const text = typed.length > 200 ? null : normalBase32(typed);
  if (text?.length !== CODE_CHARS) throw new Fault("ENROL_CODE_INVALID", { reason: "length or characters" });
  if (checkCharacter(text.slice(0, -1)) !== text.at(-1)) {
    throw new Fault("ENROL_CODE_INVALID", { reason: "check character" });
  }
  return {
    secret: fromBase32(`${text.slice(0, SECRET_CHARS)}0`),
    rootPin: fromBase32(text.slice(SECRET_CHARS, -1)),
  };
}

/** Finds the slot of a code in a request without giving the code away: 128 bits of a hash over 115 random ones. */
export const codeId = ({ secret }: EnrolmentCode): string =>
  createHash("sha256").update("fyr enrolment id 1\0").update(secret).digest("hex").slice(0, 32);
