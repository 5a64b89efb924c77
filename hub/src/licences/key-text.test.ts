import { seededRandom } from "@fyr/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyHash, keyHint, newKeyText, readKeyText } from "./key-text.ts";

const anyKey = fc.string().map((seed) => newKeyText(seededRandom(seed)));
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

test("L-03: a key is five groups of five; case, spaces and dashes do not count", () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      expect(key).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
      for (const typed of [key, key.toLowerCase(), key.replaceAll("-", ""), ` ${key.replaceAll("-", " ")}\n`])
        expect(readKeyText(typed)).toBe(key);
      expect(key.endsWith(keyHint(key))).toBe(true);
      expect(keyHash(key)).not.toContain(keyHint(key));
    }),
  );
});

test("L-03: one wrong character or two swapped neighbours are seen before anything is sent", () => {
  fc.assert(
    fc.property(anyKey, fc.nat(24), fc.nat(31), (key, at, to) => {
      const plain = [...key.replaceAll("-", "")];
      const wrong = plain.with(at, ALPHABET[to]!);
      if (wrong[at] !== plain[at]) expect(readKeyText(wrong.join(""))).toBeNull();
      const swapped = plain.with(at, plain[(at + 1) % 25]!).with((at + 1) % 25, plain[at]!);
      if (at < 24 && swapped[at] !== plain[at]) expect(readKeyText(swapped.join(""))).toBeNull();
    }),
  );
});

test.each(["", "ABCDE", "IIIII-LLLLL-OOOOO-UUUUU-IIIII", "0".repeat(26), "é".repeat(25)])(
  "L-03: %j cannot be a key",
  (typed) => expect(readKeyText(typed)).toBeNull(),
);
