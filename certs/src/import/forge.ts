import { X509Certificate } from "node:crypto";
import { Fault, isFault } from "@fyr/protocol";
import forge from "node-forge";
import { BUNDLE_MAX_BYTES } from "./bundle.ts";

/**
 * The one door to node-forge, which unpacks what a customer's administrator hands over and nothing that came from
 * the network. It only unpacks: keys and certificates are judged by OpenSSL.
 */
export { forge };

/** @throws Fault `BUNDLE_INVALID` */
export function readDer(bytes: Uint8Array): forge.asn1.Asn1 {
  if (bytes.length > BUNDLE_MAX_BYTES) throw new Fault("BUNDLE_INVALID", { reason: "too large" });
  return unpack(() => forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(bytes).toString("latin1"))));
}

/** Runs the library; what it throws means what its message says. */
export function unpack<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isFault(error)) throw error;
    const { message } = error as Error;
    if (/password/i.test(message)) throw new Fault("BUNDLE_PASSWORD", {}, { cause: error });
    if (/OID is not RSA/.test(message)) throw new Fault("BUNDLE_KEY_KIND", {}, { cause: error });
    throw new Fault("BUNDLE_INVALID", {}, { cause: error });
  }
}

export const certificateOf = (found: forge.pki.Certificate): X509Certificate =>
  new X509Certificate(forge.pki.certificateToPem(found));
