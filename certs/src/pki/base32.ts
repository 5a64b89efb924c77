/** Crockford's base 32: digits and letters that survive being read aloud and typed by hand. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** What people write for what they see. */
const LOOKALIKES: Readonly<Record<string, string>> = { O: "0", I: "1", L: "1" };

/** Five bits per character, most significant first; missing bits at the end are zero. */
export function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => ALPHABET.charAt(Number.parseInt(group.padEnd(5, "0"), 2))).join("");
}

/** The whole bytes in `text`, which must be of the alphabet; bits left over at the end are dropped. */
export function fromBase32(text: string): Uint8Array {
  const bits = [...text].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** Text as typed, in the one spelling: upper case, no spaces or dashes; null when a character means nothing. */
export function normalBase32(typed: string): string | null {
  const letters = [...typed.toUpperCase().replaceAll(/[\s-]/g, "")].map(
    (letter) => LOOKALIKES[letter] ?? letter,
  );
  return letters.every((letter) => ALPHABET.includes(letter)) ? letters.join("") : null;
}

/** Doubles a value of GF(32), x^5 + x^2 + 1. */
const double = (value: number): number => (value < 16 ? value << 1 : ((value << 1) & 31) ^ 0b00101);

/**
 * A check character over `text`: the value at 2 of the polynomial over GF(32) that the characters spell. Any one
 * wrong character changes it, and so does any swap of two neighbours.
 */
export function checkCharacter(text: string): string {
  let sum = 0;
  for (const letter of text) sum = double(sum) ^ ALPHABET.indexOf(letter);
  return ALPHABET.charAt(double(sum));
}
