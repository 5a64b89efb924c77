import { createHmac } from "node:crypto";
import { seededRandom } from "@fyr/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { base32 } from "./secret.ts";
import { codeAt, newSeed, otpauthUrl, stepAt, usedStep } from "./totp.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const KEY = "12345678901234567890";
const KEYS = {
  sha1: bytes(KEY),
  sha256: bytes(`${KEY}123456789012`),
  sha512: bytes(`${KEY}${KEY}${KEY}1234`),
} as const;

test.each([
  [0, "755224"],
  [1, "287082"],
  [2, "359152"],
  [3, "969429"],
  [4, "338314"],
  [5, "254676"],
  [6, "287922"],
  [7, "162583"],
  [8, "399871"],
  [9, "520489"],
])("B1-S3: RFC 4226 appendix D, counter %i makes %s", (counter, code) => {
  expect(codeAt(KEYS.sha1, counter)).toBe(code);
});

test.each([
  [59, "94287082", "46119246", "90693936"],
  [1111111109, "07081804", "68084774", "25091201"],
  [1111111111, "14050471", "67062674", "99943326"],
  [1234567890, "89005924", "91819424", "93441116"],
  [2000000000, "69279037", "90698825", "38618901"],
  [20000000000, "65353130", "77737706", "47863826"],
])("B1-S3: RFC 6238 appendix B, at %i s", (seconds, sha1, sha256, sha512) => {
  const step = stepAt(seconds * 1000);
  for (const [algorithm, code] of Object.entries({ sha1, sha256, sha512 })) {
    const form = { digits: 8, algorithm: algorithm as keyof typeof KEYS } as const;
    expect(codeAt(KEYS[form.algorithm], step, form)).toBe(code);
  }
});

/** RFC 4226 5.3, written apart from the library. */
function byHand(key: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", key).update(counter).digest();
  const at = (mac[19] ?? 0) & 0xf;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("B1-S3: 1,000 random keys and times agree with a reckoning by hand", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
      fc.integer({ min: 0, max: 4_000_000_000 }),
      (key, seconds) => {
        const step = stepAt(seconds * 1000);
        expect(codeAt(base32(key), step)).toBe(byHand(key, step));
      },
    ),
    { numRuns: 1_000 },
  );
});

const SEED = newSeed(seededRandom("seed"));
const NOW = 1_800_000_015_000;
const STEP = stepAt(NOW);

test("B1-S3: the code of this half minute and of the one before are taken, none before and none to come", () => {
  const taken = [-2, -1, 0, 1].map((off) =>
    usedStep(SEED, codeAt(SEED, STEP + off), { nowMs: NOW, lastStep: 0 }),
  );
  expect(taken).toEqual([null, STEP - 1, STEP, null]);
});

test("B1-S3: a code counts once, and with a later one all before are gone", () => {
  const [before, now] = [codeAt(SEED, STEP - 1), codeAt(SEED, STEP)];
  expect(usedStep(SEED, now, { nowMs: NOW, lastStep: STEP })).toBeNull();
  expect(usedStep(SEED, before, { nowMs: NOW, lastStep: STEP })).toBeNull();
  expect(usedStep(SEED, now, { nowMs: NOW, lastStep: STEP - 1 })).toBe(STEP);
});

test.each(["", "12345", "abcdef", "1234567", "\u0661\u0662\u0663\u0664\u0665\u0666"])(
  "%j is no code",
  (typed) => {
    expect(usedStep(SEED, typed, { nowMs: NOW, lastStep: 0 })).toBeNull();
  },
);

test("R-010: the address for an authenticator app names us, the account and the seed", () => {
  const url = new URL(otpauthUrl("ada+fyr@example.com", SEED));
  expect([url.protocol, url.host, decodeURIComponent(url.pathname)]).toEqual([
    "otpauth:",
    "totp",
    "/Fyr:ada+fyr@example.com",
  ]);
  expect([url.searchParams.get("secret"), url.searchParams.get("issuer")]).toEqual([SEED, "Fyr"]);
  expect(SEED).toMatch(/^[A-Z2-7]{32}$/);
});
