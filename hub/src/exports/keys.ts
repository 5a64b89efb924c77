import { createPublicKey, type KeyObject } from "node:crypto";
import { isSignedBy, signDocument, signingKey, type SigningKey } from "@fyr/certs";
import type { ExportKey, ExportSigner } from "./signed-lines.ts";

const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();

/** Signs exports with `key`, whose other half is shown to whoever asks. */
export const exportSigner = (key: SigningKey): ExportSigner => ({
  keyid: key.keyid,
  publicKey: pemOf(createPublicKey(key.key)),
  sign: (signed) => signDocument([key], signed),
});

/**
 * The key that an export is checked with.
 *
 * @param pem the public key (SPKI), as the hub shows it
 * @throws Error when it is no Ed25519 key in PEM
 */
export function exportKey(pem: string): ExportKey {
  const { keyid, key } = signingKey(createPublicKey(pem));
  return { keyid, verifies: (signed, signature) => isSignedBy(key, signed, signature) };
}
