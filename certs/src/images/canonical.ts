import { canonicalize } from "@tufjs/canonical-json";

/**
 * The bytes that signatures are made over: canonical JSON, as TUF writes it.
 *
 * @throws TypeError for fractions, and for half surrogate pairs, which UTF-8 would quietly replace by one character
 */
export function canonicalBytes(value: unknown): Buffer {
  const text = canonicalize(value);
  if (!text.isWellFormed()) throw new TypeError("cannot sign text that is not well formed");
  return Buffer.from(text, "utf8");
}
