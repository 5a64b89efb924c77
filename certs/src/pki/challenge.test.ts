import { seededRandom } from "@fyr/runtime";
import { expect, test } from "vitest";
import { challengeFor, challengeHolds, codeVerifier } from "./challenge.ts";
import { newEnrolmentCode, readEnrolmentCode } from "./code.ts";

const codeOf = (seed: string) => readEnrolmentCode(newEnrolmentCode(seededRandom(seed), "00".repeat(32)));
const code = codeOf("challenge");
const spki = Buffer.from("a public key");
const channel = Buffer.from("a connection");

test("proof and verifier of a code stay what they are: agents and hubs of two versions must agree", () => {
  expect(codeVerifier(code)).toBe("35b746a3e3edc2c017ab2126bbd9098d54287e5e3062f8ea48f79da08b108ac9");
  expect(challengeFor(code, spki, channel)).toBe(
    "RB9GVmJ0Q3TZRTKcsXfXPw17gsoUAPEnnKBK+IW1RGSGtvco/Rm5mYZsqcrBPhdANA1pGqT8HmhiqDIhfTIfBg==",
  );
});

test("a proof holds for one code, one key and one connection", () => {
  const proof = challengeFor(code, spki, channel);
  const verifier = codeVerifier(code);
  expect(challengeHolds(verifier, proof, spki, channel)).toBe(true);
  expect(challengeHolds(verifier, proof, Buffer.from("another key"), channel)).toBe(false);
  expect(challengeHolds(verifier, proof, spki, Buffer.from("another connection"))).toBe(false);
  expect(challengeHolds(codeVerifier(codeOf("other")), proof, spki, channel)).toBe(false);
});

test("what is no proof is an answer, not a crash", () => {
  const verifier = codeVerifier(code);
  for (const junk of ["", "%%%", "AAAA", "A".repeat(10_000), verifier]) {
    expect(challengeHolds(verifier, junk, spki, channel), junk.slice(0, 20)).toBe(false);
  }
});
