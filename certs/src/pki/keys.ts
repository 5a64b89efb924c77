import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type webcrypto,
} from "node:crypto";

/**
 * A new P-256 key. Its chance comes from OpenSSL and not from the Random port: a seeded stream must never be able
 * to make the key of a real site.
 */
export const generateKey = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

/** PKCS#8, unencrypted: for a file with mode 0600 or for sealing, never for a log. */
export const keyPem = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

/** The private key in `pem`. Broken text is a broken file of our own, so it surfaces as Node's error. */
export const readKey = (pem: string): KeyObject => createPrivateKey(pem);

/** The public key of `key` as SubjectPublicKeyInfo, DER: what hashes and proofs are made over. */
export const spkiOf = (key: KeyObject): Buffer =>
  (key.type === "private" ? createPublicKey(key) : key).export({ type: "spki", format: "der" });

/** SHA-256 (hex) of a SubjectPublicKeyInfo: the identity of a key, whatever certificate it is in. */
export const keyHash = (spki: Uint8Array): string => createHash("sha256").update(spki).digest("hex");

/** P-256 and nothing else: one curve that every TLS stack speaks and that costs the hub 0.1 ms a check. */
export const isP256 = (key: KeyObject): boolean =>
  key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";

/** The same key in the shape that WebCrypto, and so the X.509 library, takes. */
export const webKey = (key: KeyObject): webcrypto.CryptoKey =>
  key.toCryptoKey({ name: "ECDSA", namedCurve: "P-256" }, true, [key.type === "private" ? "sign" : "verify"]);

export const ECDSA_SHA256 = { name: "ECDSA", hash: "SHA-256" } as const;
