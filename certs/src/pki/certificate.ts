import { X509Certificate, type KeyObject } from "node:crypto";
import type { Random } from "@fyr/runtime";
import { ECDSA_SHA256, webKey } from "./keys.ts";
import { newSerial } from "./serial.ts";
import { loadX509, type X509, type x509 } from "./x509.ts";

export const DAY_MS = 24 * 60 * 60 * 1000;
/** Certificates begin a little in the past, for hosts whose clocks are a little behind. */
export const BACKDATE_MS = 5 * 60 * 1000;
export const LEAF_LIFE_MS = 30 * DAY_MS;

export interface AlternativeName {
  readonly type: "url" | "dns" | "ip";
  readonly value: string;
}

/** What a certificate may do and how long. A path length makes it an authority. */
export interface Profile {
  readonly subject: string;
  readonly lifeMs: number;
  readonly pathLength?: number;
  readonly usage?: "client" | "server";
  readonly names?: readonly AlternativeName[];
}

export interface Order {
  readonly profile: Profile;
  /** The public key that is certified, DER. */
  readonly spki: Uint8Array;
  /** Absent for a root, which signs itself. */
  readonly issuer?: { readonly certificatePem: string };
  /** The key that signs: the issuer's, or the root's own. */
  readonly key: KeyObject;
  readonly random: Random;
  readonly nowMs: number;
}

export interface Built {
  readonly pem: string;
  readonly serial: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const USAGES = { client: "1.3.6.1.5.5.7.3.2", server: "1.3.6.1.5.5.7.3.1" } as const;

function keyUsage(x509: X509, isAuthority: boolean): x509.KeyUsagesExtension {
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags;
  return new x509.KeyUsagesExtension(isAuthority ? keyCertSign | cRLSign : digitalSignature, true);
}

/** OpenSSL's strict mode refuses certificates without both key identifiers, so every certificate has them. */
async function extensions(
  x509: X509,
  profile: Profile,
  { publicKey, issuerKey }: { publicKey: x509.PublicKey; issuerKey: x509.PublicKey },
) {
  const isAuthority = profile.pathLength !== undefined;
  const list: x509.Extension[] = [
    new x509.BasicConstraintsExtension(isAuthority, profile.pathLength, true),
    keyUsage(x509, isAuthority),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuerKey),
  ];
  if (profile.usage) list.push(new x509.ExtendedKeyUsageExtension([USAGES[profile.usage]]));
  if (profile.names) list.push(new x509.SubjectAlternativeNameExtension([...profile.names]));
  return list;
}

const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;

/** A leaf never outlives the authority that vouches for it. */
function lifetime(profile: Profile, issuer: X509Certificate | undefined, nowMs: number) {
  const end = wholeSeconds(nowMs + profile.lifeMs);
  return {
    notBeforeMs: wholeSeconds(nowMs - BACKDATE_MS),
    notAfterMs: issuer ? Math.min(end, issuer.validToDate.getTime()) : end,
  };
}

/** Builds and signs one certificate. */
export async function build({ profile, spki, issuer, key, random, nowMs }: Order): Promise<Built> {
  const x509 = await loadX509();
  const publicKey = new x509.PublicKey(spki);
  const signer = issuer && new x509.X509Certificate(issuer.certificatePem);
  const life = lifetime(profile, issuer && new X509Certificate(issuer.certificatePem), nowMs);
  const serial = newSerial(random);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: profile.subject,
    issuer: signer ? signer.subjectName : profile.subject,
    notBefore: new Date(life.notBeforeMs),
    notAfter: new Date(life.notAfterMs),
    publicKey,
    signingKey: webKey(key),
    signingAlgorithm: ECDSA_SHA256,
    extensions: await extensions(x509, profile, {
      publicKey,
      issuerKey: signer ? signer.publicKey : publicKey,
    }),
  });
  return { pem: `${certificate.toString("pem")}\n`, serial, ...life };
}
