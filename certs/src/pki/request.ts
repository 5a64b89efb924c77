import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { CertificationRequest } from "@peculiar/asn1-csr";
import { Fault } from "@fyr/protocol";
import { derInside } from "./pem.ts";
import { ECDSA_SHA256, isP256, keyHash, spkiOf, webKey } from "./keys.ts";
import { loadAsn1, loadX509, type Asn1, type X509, type x509 } from "./x509.ts";

/** A request's text may not be larger than this, before anything looks inside. */
export const REQUEST_MAX_BYTES = 4096;
const CHALLENGE_MAX_CHARS = 255;
const SIGNATURE = { name: "ECDSA", hash: { name: "SHA-256" } };
const CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7";

/** A certificate request whose sender has proved to hold the private key. */
export interface AgentRequest {
  readonly publicKeySpki: Uint8Array;
  readonly keyHash: string;
  /** The proof of the enrolment code (`challengeFor`); null in a renewal. */
  readonly challenge: string | null;
}

/**
 * A PKCS#10 request for `key`, PEM. It carries no name: the hub knows what it certifies.
 *
 * @param challenge printable ASCII, at most 255 characters; goes into the challenge attribute
 */
export async function createRequest(key: KeyObject, challenge?: string): Promise<string> {
  const x509 = await loadX509();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: "CN=Fyr agent",
    keys: { privateKey: webKey(key), publicKey: webKey(createPublicKey(key)) },
    signingAlgorithm: ECDSA_SHA256,
    attributes: challenge === undefined ? [] : [new x509.ChallengePasswordAttribute(challenge)],
  });
  return `${request.toString("pem")}\n`;
}

const invalid = (reason: string, cause?: unknown) =>
  new Fault("ENROL_REQUEST_INVALID", { reason }, { cause });

function publicKeyOf(request: x509.Pkcs10CertificateRequest): Buffer {
  const spki = Buffer.from(request.publicKey.rawData);
  const key = createPublicKey({ key: spki, type: "spki", format: "der" });
  // A compressed or oddly encoded point would give one key several hashes.
  if (!isP256(key) || !spkiOf(key).equals(spki)) throw invalid("not a P-256 key");
  return spki;
}

function challengeOf(request: x509.Pkcs10CertificateRequest): string | null {
  const [attribute, ...more] = request.attributes;
  if (!attribute) return null;
  if (more.length > 0 || attribute.type !== CHALLENGE_PASSWORD || attribute.values.length !== 1) {
    throw invalid("only one challenge may be attached");
  }
  const { password } = attribute as x509.ChallengePasswordAttribute;
  if (password.length > CHALLENGE_MAX_CHARS || !/^[\x20-\x7e]+$/.test(password))
    throw invalid("odd challenge");
  return password;
}

/** The parser forgives much that DER forbids; what does not come back byte for byte is refused. */
function strictly({ AsnConvert, CertificationRequest }: Asn1, der: Buffer): CertificationRequest {
  const parsed = AsnConvert.parse(der, CertificationRequest);
  if (!der.equals(Buffer.from(AsnConvert.serialize(parsed)))) throw invalid("not strict DER");
  const { version, subject } = parsed.certificationRequestInfo;
  const isText = subject.every((level) => level.every(({ value }) => value.anyValue === undefined));
  if (version !== 0 || !isText) throw invalid("version or subject");
  return parsed;
}

/** OpenSSL judges the very bytes that arrived, not what the parser made of them. */
function isSignedBy(spki: Buffer, { certificationRequestInfoRaw, signature }: CertificationRequest): boolean {
  if (!certificationRequestInfoRaw) return false;
  const key = { key: spki, type: "spki", format: "der" } as const;
  return verify("sha256", Buffer.from(certificationRequestInfoRaw), key, Buffer.from(signature));
}

function parse(x509: X509, asn1: Asn1, pem: string): AgentRequest {
  const der = derInside(pem, "CERTIFICATE REQUEST");
  if (!der) throw invalid("not one PEM certificate request");
  const parsed = strictly(asn1, der);
  const request = new x509.Pkcs10CertificateRequest(der);
  if (!isDeepStrictEqual(request.signatureAlgorithm, SIGNATURE)) throw invalid("signature algorithm");
  const publicKeySpki = publicKeyOf(request);
  if (!isSignedBy(publicKeySpki, parsed)) throw invalid("not signed by its own key");
  return { publicKeySpki, keyHash: keyHash(publicKeySpki), challenge: challengeOf(request) };
}

/**
 * Reads a request from the network: at most 4 KiB, PKCS#10, P-256, signed with the key that it names.
 *
 * @throws Fault `ENROL_REQUEST_INVALID` for anything else, whatever the parser makes of it
 */
export type ReadRequest = (pem: string) => AgentRequest;

export async function requestReader(): Promise<ReadRequest> {
  const [x509, asn1] = [await loadX509(), await loadAsn1()];
  return (pem) => {
    if (pem.length > REQUEST_MAX_BYTES) throw invalid("too large");
    try {
      return parse(x509, asn1, pem);
    } catch (error) {
      throw error instanceof Fault ? error : invalid("malformed", error);
    }
  };
}
