import { createHash } from "node:crypto";
import type { Random } from "@fyr/runtime";

/**
 * The text of a licence key: five groups of five out of 32 characters that are not taken for each other (no I, L, O,
 * U), the last of them a check (L-03). Only a hash and the last five characters are ever stored.
 */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 25;
const GROUP = 5;

/** Times α in the field of 32 elements (x⁵ + x² + 1): no two positions of a key weigh the same. */
const raised = (value: number): number => (value << 1) ^ (value & 16 ? 0b100101 : 0);

const weighed = (values: readonly number[]): number => values.reduce((sum, value) => raised(sum) ^ value, 0);

/** The value that makes the whole weigh nothing. */
const checkOf = (values: readonly number[]): number => weighed([...values, 0]);

const grouped = (text: string): string => text.match(new RegExp(`.{${GROUP}}`, "g"))?.join("-") ?? "";

/** A new key; its chance must be strong. */
export function newKeyText(random: Random): string {
  const values = Array.from(random.bytes(LENGTH - 1), (byte) => byte & 31);
  return grouped([...values, checkOf(values)].map((value) => ALPHABET[value]).join(""));
}

/**
 * A key as it was typed or pasted, in its one form: case, spaces and dashes do not count. Null when it cannot be one:
 * a wrong length or character, any one character mistyped, or two neighbours swapped.
 */
export function readKeyText(typed: string): string | null {
  const text = typed.toUpperCase().replaceAll(/[\s-]/g, "");
  const values = [...text].map((character) => ALPHABET.indexOf(character));
  if (values.length !== LENGTH || values.includes(-1) || weighed(values) !== 0) return null;
  return grouped(text);
}

/** What is stored of a key: 120 random bits need no salt. */
export const keyHash = (key: string): string =>
  createHash("sha256").update(`fyr-licence-key/1\n${key}`).digest("hex");

export const keyHint = (key: string): string => key.slice(-GROUP);
