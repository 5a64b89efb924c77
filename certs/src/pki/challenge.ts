import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import type { EnrolmentCode } from "./code.ts";

/** PKCS#8 and SPKI wrappings of a bare Ed25519 key (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const CONTEXT = "fyr enrolment proof 1\0";

/** The signing key that a code stands for. */
function proofKey({ secret }: EnrolmentCode): KeyObject {
  const seed = createHash("sha256").update("fyr enrolment key 1\0").update(secret).digest();
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
}

const statement = (spki: Uint8Array, channel: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(CONTEXT),
    createHash("sha256").update(spki).digest(),
    createHash("sha256").update(channel).digest(),
  ]);

/**
 * What the hub stores of a code (64 hex digits). It checks proofs and cannot make them: who reads the hub's
 * database can enrol nothing with it.
 */
export const codeVerifier = (code: EnrolmentCode): string =>
  createPublicKey(proofKey(code))
    .export({ type: "spki", format: "der" })
    .subarray(SPKI_PREFIX.length)
    .toString("hex");

/**
 * The proof that goes into the request's challenge: binds the code to this key and to this TLS connection, so that
 * a request copied from one connection is worthless on another.
 *
 * @param channel the connection's `channelBinding`
 */
export const challengeFor = (code: EnrolmentCode, publicKeySpki: Uint8Array, channel: Uint8Array): string =>
  sign(null, statement(publicKeySpki, channel), proofKey(code)).toString("base64");

/** Whether `challenge` was made with the code that `verifier` stands for, for this key on this connection. */
export function challengeHolds(
  verifier: string,
  challenge: string,
  publicKeySpki: Uint8Array,
  channel: Uint8Array,
): boolean {
  const key = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, Buffer.from(verifier, "hex")]),
    format: "der",
    type: "spki",
  });
  return verify(null, statement(publicKeySpki, channel), key, Buffer.from(challenge, "base64"));
}
