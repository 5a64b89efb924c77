import { Fault } from "@fyr/protocol";
import { pemBlocks } from "../pki/pem.ts";
import { assembleBundle, type ImportedBundle } from "./bundle.ts";
import { certificateOf, forge, readDer, unpack } from "./forge.ts";

/** The bytes of a PKCS#7 file, which Windows writes as PEM as often as not. */
function derOf(bytes: Uint8Array): Uint8Array {
  const block = pemBlocks(Buffer.from(bytes).toString("latin1")).find(({ label }) => label === "PKCS7");
  return block ? block.der : bytes;
}

/**
 * Takes the chain out of a PKCS#7 file (`.p7b`) of RSA certificates. Such files hold no key: it is the one that the
 * certificate was asked for with.
 *
 * @param keyPem the private key, PEM, not encrypted
 * @throws Fault `BUNDLE_INVALID`, and those of `assembleBundle`
 */
export function importPkcs7(bytes: Uint8Array, keyPem: string, nowMs: number): ImportedBundle {
  const asn1 = readDer(derOf(bytes));
  const message = unpack(() => forge.pkcs7.messageFromAsn1(asn1));
  if (!("certificates" in message) || message.certificates.length === 0) {
    throw new Fault("BUNDLE_INVALID", { reason: "no certificates" });
  }
  const { certificates } = message;
  return assembleBundle({ keyPem, certificates: unpack(() => certificates.map(certificateOf)) }, nowMs);
}
