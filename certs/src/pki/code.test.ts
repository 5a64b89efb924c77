import { isFault } from "@fyr/protocol";
import { seededRandom, systemRandom } from "@fyr/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { codeId, newEnrolmentCode, readEnrolmentCode } from "./code.ts";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PIN = "00112233445566778899";
const ROOT_KEY_HASH = PIN.padEnd(64, "ab");
const code = newEnrolmentCode(seededRandom("enrolment code"), ROOT_KEY_HASH);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const refused = (text: string): boolean => {
  try {
    readEnrolmentCode(text);
    return false;
  } catch (error) {
    return isFault(error, "ENROL_CODE_INVALID");
  }
};

test("the format of codes stays what it is: those on paper must work after an update", () => {
  expect(code).toBe("XAYKN-R1T98-0D2YA-S9MCD-TS900-8J4CT-4ANK7-F24S5");
  expect(hex(readEnrolmentCode(code).secret)).toBe("eabd3ae03a4a00d179594d18dd6520");
  expect(codeId(readEnrolmentCode(code))).toBe("a24d5fee2cb22b7d8d61efd4216571af");
});

test("a code carries its secret and the root's pin through any typist", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.infiniteStream(fc.constantFrom("", " ", "-", "  ")),
      (seed, gaps) => {
        const made = newEnrolmentCode(seededRandom(seed), ROOT_KEY_HASH);
        const gap = gaps[Symbol.iterator]();
        const typed = [...made.replaceAll("-", "").toLowerCase()]
          .map((letter) => ({ "0": "o", "1": "l" })[letter] ?? letter)
          .map((letter) => letter + String(gap.next().value))
          .join("");
        expect(readEnrolmentCode(typed)).toEqual(readEnrolmentCode(made));
        expect(hex(readEnrolmentCode(typed).rootPin)).toBe(PIN);
      },
    ),
  );
});

test("each single wrong character, in every place, is caught", () => {
  const text = code.replaceAll("-", "");
  for (let place = 0; place < text.length; place++) {
    for (const wrong of ALPHABET) {
      if (wrong === text[place]) continue;
      expect(refused(text.slice(0, place) + wrong + text.slice(place + 1)), `${place} ${wrong}`).toBe(true);
    }
  }
});

test("two swapped neighbours are caught", () => {
  const text = code.replaceAll("-", "");
  for (let place = 0; place + 1 < text.length; place++) {
    const [a, b] = [text.charAt(place), text.charAt(place + 1)];
    if (a !== b) expect(refused(text.slice(0, place) + b + a + text.slice(place + 2)), `${place}`).toBe(true);
  }
});

test("anything that is no code is refused as one", () => {
  fc.assert(fc.property(fc.string({ maxLength: 300, unit: "binary" }), refused));
  for (const text of ["", "-", code.slice(0, -1), `${code}0`, "U".repeat(40), "0".repeat(100_000)]) {
    expect(refused(text), text.slice(0, 50)).toBe(true);
  }
});

test("codes differ in at least 112 random bits", () => {
  const secrets = Array.from(
    { length: 2000 },
    () => readEnrolmentCode(newEnrolmentCode(systemRandom, ROOT_KEY_HASH)).secret,
  );
  const alwaysSame = Array.from({ length: 120 }, (_, bit) => {
    const ones = secrets.filter((secret) => ((secret[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1).length;
    return ones === 0 || ones === secrets.length;
  });
  expect(alwaysSame.filter((same) => !same).length).toBe(115);
  expect(new Set(secrets.map(hex)).size).toBe(secrets.length);
});
