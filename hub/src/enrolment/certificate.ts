import type { IssuedCertificate } from "@fyr/certs";
import type { AgentId, OrgId } from "@fyr/protocol";
import type { Random } from "@fyr/runtime";
import type { CertificateRecord } from "./store.ts";

export const recordOf = (
  { serial, keyHash, chainPem, notBeforeMs, notAfterMs }: IssuedCertificate,
  { orgId, agentId }: { readonly orgId: OrgId; readonly agentId: AgentId },
  now: number,
): CertificateRecord => ({
  ...{ orgId, agentId, serial, keyHash, chain: chainPem, issuedAt: now },
  ...{ notBefore: notBeforeMs, notAfter: notAfterMs, firstUsedAt: null, revokedAt: null },
});

/** A third of its life is over: the first time at which a certificate is renewed (day 10 of 30). */
const RENEW_FROM = 1 / 3;
/** Spread over a tenth of its life, so that agents that enrolled together do not renew together. */
const RENEW_SPREAD = 1 / 10;

/** When an agent shall ask for its next certificate, in milliseconds from now. */
export function renewInMs({ issuedAt, notAfter }: CertificateRecord, now: number, random: Random): number {
  const life = notAfter - issuedAt;
  const at = issuedAt + life * (RENEW_FROM + RENEW_SPREAD * random.next());
  return Math.max(0, Math.round(at - now));
}
