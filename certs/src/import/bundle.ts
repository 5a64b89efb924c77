import type { X509Certificate } from "node:crypto";
import { createPrivateKey, type KeyObject } from "node:crypto";
import { Fault } from "@fyr/protocol";

/** A key and its chain from a customer's own authority, ready for a listener. */
export interface ImportedBundle {
  /** PKCS#8. */
  readonly keyPem: string;
  /** Leaf first, without the root: clients have that. */
  readonly chainPem: string;
  /** What the leaf says it is for, e.g. `DNS:hub.example.com`. */
  readonly names: string;
  /** When the first certificate of the chain ends, in milliseconds since 1970. */
  readonly notAfterMs: number;
}

export interface BundleParts {
  readonly keyPem: string;
  /** In any order, with whatever else was in the file. */
  readonly certificates: readonly X509Certificate[];
}

/** Files are read whole; no honest one comes near this. */
export const BUNDLE_MAX_BYTES = 1024 * 1024;

const SMALLEST_RSA_BITS = 2048;
const LONGEST_CHAIN = 8;

/** @throws Fault `BUNDLE_KEY_KIND` unless the key is RSA of at least 2048 bits, `BUNDLE_INVALID` when it is no key */
export function readRsaKey(pem: string): KeyObject {
  const key = readAnyKey(pem);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== "rsa" || bits < SMALLEST_RSA_BITS) {
    throw new Fault("BUNDLE_KEY_KIND", { kind: key.asymmetricKeyType ?? "unknown", bits });
  }
  return key;
}

function readAnyKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new Fault("BUNDLE_INVALID", { reason: "not a private key without password" }, { cause: error });
  }
}

const issued = (issuer: X509Certificate, certificate: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

/** The way from the leaf up to a certificate that signed itself. */
function chainOf(leaf: X509Certificate, certificates: readonly X509Certificate[]): X509Certificate[] {
  const chain = [leaf];
  for (let top = leaf; !issued(top, top);) {
    const next = certificates.find((candidate) => !chain.includes(candidate) && issued(candidate, top));
    if (!next || chain.length > LONGEST_CHAIN)
      throw new Fault("BUNDLE_CHAIN_INCOMPLETE", { missing: top.issuer });
    chain.push(next);
    top = next;
  }
  return chain;
}

function demandAlive(chain: readonly X509Certificate[], nowMs: number): void {
  const dead = chain.find(
    ({ validFromDate, validToDate }) => nowMs < Number(validFromDate) || nowMs > Number(validToDate),
  );
  if (dead)
    throw new Fault("BUNDLE_EXPIRED", { subject: dead.subject, validTo: dead.validToDate.toISOString() });
}

/**
 * Puts a customer's certificates in order and checks that they can serve.
 *
 * @throws Fault `BUNDLE_KEY_KIND`, `BUNDLE_KEY_MISSING` (the key is none of these certificates'),
 * `BUNDLE_CHAIN_INCOMPLETE`, `BUNDLE_EXPIRED`
 */
export function assembleBundle({ keyPem, certificates }: BundleParts, nowMs: number): ImportedBundle {
  const key = readRsaKey(keyPem);
  const leaf = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (!leaf) throw new Fault("BUNDLE_KEY_MISSING", { certificates: certificates.length });
  const chain = chainOf(leaf, certificates);
  demandAlive(chain, nowMs);
  const served = chain.length > 1 ? chain.slice(0, -1) : chain;
  return {
    keyPem: key.export({ type: "pkcs8", format: "pem" }).toString(),
    chainPem: served.map((certificate) => certificate.toString()).join(""),
    names: leaf.subjectAltName ?? leaf.subject,
    notAfterMs: Math.min(...chain.map(({ validToDate }) => validToDate.getTime())),
  };
}
