import type { Authority } from "./authority.ts";
import { DAY_MS } from "./certificate.ts";
import { ECDSA_SHA256, webKey } from "./keys.ts";
import { toPem } from "./pem.ts";
import { loadAsn1, loadX509 } from "./x509.ts";

const CRL_NUMBER = "2.5.29.20";
export const CRL_LIFE_MS = DAY_MS;

export interface Revocation {
  readonly serial: string;
  readonly revokedMs: number;
}

export interface CrlFacts {
  /** Rises with each list, so that a reader can refuse an older one. */
  readonly number: number;
  readonly revoked: readonly Revocation[];
  readonly nowMs: number;
}

/**
 * The revocation list of an authority, for servers in front of the hub; good for 24 hours. The hub itself asks its
 * database and never this list. Its label is `X509 CRL`, the only one that OpenSSL and Node read.
 */
export async function createCrl(authority: Authority, { number, revoked, nowMs }: CrlFacts): Promise<string> {
  const x509 = await loadX509();
  const { AsnConvert, CRLNumber } = await loadAsn1();
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const crl = await x509.X509CrlGenerator.create({
    issuer: issuer.subjectName,
    thisUpdate: new Date(nowMs),
    nextUpdate: new Date(nowMs + CRL_LIFE_MS),
    entries: revoked.map(({ serial, revokedMs }) => ({
      serialNumber: serial,
      revocationDate: new Date(revokedMs),
    })),
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      new x509.Extension(CRL_NUMBER, false, AsnConvert.serialize(new CRLNumber(number))),
    ],
    signingAlgorithm: ECDSA_SHA256,
    signingKey: webKey(authority.key),
  });
  return toPem("X509 CRL", new Uint8Array(crl.rawData));
}
