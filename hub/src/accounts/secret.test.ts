import { seededRandom } from "@fyr/runtime";
import { expect, test } from "vitest";
import {
  bareCode,
  base32,
  isRecoveryCode,
  newMailCode,
  newRecoveryCodes,
  newToken,
  sameText,
} from "./secret.ts";

const random = seededRandom("secrets");

// RFC 4648, chapter 10.
test.each([
  ["", ""],
  ["f", "MY"],
  ["fo", "MZXQ"],
  ["foo", "MZXW6"],
  ["foob", "MZXW6YQ"],
  ["fooba", "MZXW6YTB"],
  ["foobar", "MZXW6YTBOI"],
])("base 32 of %j is %s", (text, expected) => expect(base32(Buffer.from(text))).toBe(expected));

test("B1-S5: a token has 256 bits, and no two are alike", () => {
  const tokens = Array.from({ length: 1_000 }, () => newToken(random));
  expect(new Set(tokens).size).toBe(1_000);
  for (const token of tokens) expect(Buffer.from(token, "base64url")).toHaveLength(32);
});

test("B1-S3: ten recovery codes of more than 112 bits, in groups that can be read out", () => {
  const codes = newRecoveryCodes(random);
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) {
    expect(code).toMatch(/^[A-Z2-7]{6}(-[A-Z2-7]{6}){3}$/);
    expect(24 * Math.log2(32)).toBeGreaterThanOrEqual(112);
    expect(isRecoveryCode(bareCode(` ${code.toLowerCase().replaceAll("-", " ")} `))).toBe(true);
  }
});

test("a code by mail has six digits, each as likely as the others", () => {
  const counts = Array.from({ length: 10 }, () => 0);
  for (let n = 0; n < 5_000; n++) {
    const code = newMailCode(random);
    expect(code).toMatch(/^\d{6}$/);
    for (const digit of code) counts[Number(digit)]!++;
  }
  for (const count of counts) expect(Math.abs(count - 3_000)).toBeLessThan(300);
});

test("a draw that would make some codes likelier is thrown away", () => {
  const draws = [Buffer.from([255, 255, 255, 255]), Buffer.from([0, 0, 0, 42])];
  expect(newMailCode({ ...random, bytes: () => draws.shift()! })).toBe("000042");
});

test("texts are the same or not, whatever their lengths", () => {
  expect([sameText("a", "a"), sameText("a", "b"), sameText("", "a"), sameText("", "")]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});
