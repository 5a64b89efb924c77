import { X509Certificate } from "node:crypto";
import { Fault } from "@fyr/protocol";
import { readAgentIdentity, type AgentIdentity } from "./identity.ts";

export interface CertificateRules {
  /** The intermediates that issue agents, PEM; two while one replaces the other. */
  readonly agentsPems: readonly string[];
  readonly nowMs: number;
  /**
   * How long after its end a certificate still counts: 0 but at the renewal route (security.md 7.4). There one that has
   * not begun counts as well: it was issued while our clock was ahead, and its owner has no other.
   */
  readonly graceMs?: number;
}

const issued = (issuer: X509Certificate, certificate: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

/**
 * Proves that a client certificate is an agent's of ours and still alive. The TLS layer cannot be asked instead:
 * its one error code hides the other reasons behind "expired", which the renewal route has to forgive.
 * Whether it was revoked only the database knows.
 *
 * @throws Fault `CERTIFICATE_UNKNOWN` (not issued here, not an agent's) or `CERTIFICATE_EXPIRED`
 */
export function verifyAgentCertificate(certificate: X509Certificate, rules: CertificateRules): AgentIdentity {
  const issuers = rules.agentsPems.map((pem) => new X509Certificate(pem));
  if (!issuers.some((issuer) => issued(issuer, certificate))) {
    throw new Fault("CERTIFICATE_UNKNOWN", { reason: "issued elsewhere" });
  }
  const identity = readAgentIdentity(certificate);
  const { nowMs, graceMs = 0 } = rules;
  const hasBegun = graceMs > 0 || nowMs >= identity.notBeforeMs;
  const alive = hasBegun && nowMs <= identity.notAfterMs + graceMs;
  if (!alive) throw new Fault("CERTIFICATE_EXPIRED", { validTo: certificate.validToDate.toISOString() });
  return identity;
}
