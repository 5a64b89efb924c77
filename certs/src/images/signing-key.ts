import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from "node:crypto";
import type { OrderKey, SignedDocument } from "@fyr/protocol";
import { canonicalBytes } from "./canonical.ts";

/** A public key as TUF metadata holds it: Ed25519, hex. */
export interface TufKey {
  readonly keytype: "ed25519";
  readonly scheme: "ed25519";
  readonly keyval: { readonly public: string };
}

/** An Ed25519 key that signs metadata or orders, with the id under which it does. */
export interface SigningKey {
  readonly keyid: string;
  readonly key: KeyObject;
}

const publicOf = (key: KeyObject): KeyObject => (key.type === "private" ? createPublicKey(key) : key);

/** The bare 32 bytes are the end of the SPKI (RFC 8410). */
const rawPublic = (key: KeyObject): Buffer =>
  publicOf(key).export({ type: "spki", format: "der" }).subarray(-32);

export const tufKey = (key: KeyObject): TufKey => ({
  keytype: "ed25519",
  scheme: "ed25519",
  keyval: { public: rawPublic(key).toString("hex") },
});

/** TUF's customary key id: SHA-256 (hex) over the key's canonical JSON. */
export const keyIdOf = (key: TufKey): string =>
  createHash("sha256").update(canonicalBytes(key)).digest("hex");

const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** The key that metadata lists, ready to check signatures. */
export const publicKeyOf = ({ keyval }: TufKey): KeyObject =>
  createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, Buffer.from(keyval.public, "hex")]),
    type: "spki",
    format: "der",
  });

/** @throws Error for a key that is not Ed25519 */
export function signingKey(key: KeyObject): SigningKey {
  if (key.asymmetricKeyType !== "ed25519")
    throw new Error(`expected an Ed25519 key, found ${key.asymmetricKeyType}`);
  return { keyid: keyIdOf(tufKey(key)), key };
}

/** A new key; its chance comes from OpenSSL and never from a seeded stream. */
export const newSigningKey = (): SigningKey => signingKey(generateKeyPairSync("ed25519").privateKey);

/** PKCS#8, unencrypted: for a file with mode 0600. */
export const signingKeyPem = ({ key }: SigningKey): string =>
  key.export({ type: "pkcs8", format: "pem" }).toString();

export const readSigningKey = (pem: string): SigningKey => signingKey(createPrivateKey(pem));

/** A key's public half as agents are told it at enrolment. */
export const orderKeyOf = ({ keyid, key }: SigningKey): OrderKey => ({
  keyid,
  publicKey: publicOf(key).export({ type: "spki", format: "der" }).toString("base64"),
});

type Signature = SignedDocument["signatures"][number];

export const signatureOf = ({ keyid, key }: SigningKey, signed: unknown): Signature => ({
  keyid,
  sig: sign(null, canonicalBytes(signed), key).toString("hex"),
});

/** A document in TUF's form, signed by each of `keys`. */
export const signDocument = (
  keys: readonly SigningKey[],
  signed: Record<string, unknown>,
): SignedDocument => ({
  signed,
  signatures: keys.map((key) => signatureOf(key, signed)),
});

/** Whether `signature` is this key's over `signed`; what cannot be signed at all was not. */
export function isSignedBy(key: KeyObject, signed: unknown, signature: string): boolean {
  try {
    return verify(null, canonicalBytes(signed), publicOf(key), Buffer.from(signature, "hex"));
  } catch {
    return false;
  }
}
