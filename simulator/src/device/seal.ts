import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";

/**
 * The simulated vendor's signature at the end of an image: mark, key id, Ed25519 over the SHA-256 of all that
 * stands before the seal. A zero key id says that the image is whole but carries no signature.
 */
const MARK = Buffer.from("SIMSEAL1");
const KEY_ID_BYTES = 8;
const SIGNATURE_BYTES = 64;
export const SEAL_BYTES = MARK.length + KEY_ID_BYTES + SIGNATURE_BYTES;

/** PKCS#8 of an Ed25519 key is this prefix and 32 bytes of seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export interface SealKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly id: Buffer;
}

/** The same name gives the same key, everywhere. It signs nothing but simulated images. */
export function sealKey(name: string): SealKey {
  const seed = createHash("sha256").update(`simulated vendor ${name}`).digest();
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = createPublicKey(privateKey);
  const id = createHash("sha256")
    .update(publicKey.export({ format: "der", type: "spki" }))
    .digest();
  return { privateKey, publicKey, id: id.subarray(0, KEY_ID_BYTES) };
}

/** The key that every simulated device trusts. */
export const VENDOR_KEY = sealKey("axis");

/** A seal over content with this SHA-256; without a key it says "not signed". */
export function makeSeal(contentDigest: Uint8Array, key?: SealKey): Buffer {
  const id = key?.id ?? Buffer.alloc(KEY_ID_BYTES);
  const signature = key ? sign(null, contentDigest, key.privateKey) : Buffer.alloc(SIGNATURE_BYTES);
  return Buffer.concat([MARK, id, signature]);
}

export type SealState = "none" | "unsigned" | "foreign" | "wrong" | "good";

/** What a seal says about content with this SHA-256. */
export function readSeal(seal: Uint8Array, contentDigest: Uint8Array): SealState {
  const bytes = Buffer.from(seal);
  if (bytes.length !== SEAL_BYTES || !bytes.subarray(0, MARK.length).equals(MARK)) return "none";
  const id = bytes.subarray(MARK.length, MARK.length + KEY_ID_BYTES);
  if (id.every((byte) => byte === 0)) return "unsigned";
  if (!id.equals(VENDOR_KEY.id)) return "foreign";
  const signature = bytes.subarray(MARK.length + KEY_ID_BYTES);
  return verify(null, contentDigest, VENDOR_KEY.publicKey, signature) ? "good" : "wrong";
}
