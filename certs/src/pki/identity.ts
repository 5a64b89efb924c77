import type { X509Certificate } from "node:crypto";
import { AgentId, Fault, OrgId } from "@fyr/protocol";
import { isP256, keyHash, spkiOf } from "./keys.ts";
import { serialText } from "./serial.ts";

/** Who an agent is; the only identity the hub believes (security.md B2-S3). */
export interface AgentName {
  readonly orgId: OrgId;
  readonly agentId: AgentId;
}

export interface AgentIdentity extends AgentName {
  readonly serial: string;
  /** SHA-256 (hex) of the certified public key. */
  readonly keyHash: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const AGENT_URI = /^URI:fyr:\/\/org\/([0-9a-f-]{36})\/agent\/([0-9a-f-]{36})$/;

export const agentUri = ({ orgId, agentId }: AgentName): string => `fyr://org/${orgId}/agent/${agentId}`;

const unknown = (reason: string) => new Fault("CERTIFICATE_UNKNOWN", { reason });

function nameIn(certificate: X509Certificate): AgentName {
  const match = AGENT_URI.exec(certificate.subjectAltName ?? "");
  const orgId = OrgId.safeParse(match?.[1]);
  const agentId = AgentId.safeParse(match?.[2]);
  if (!orgId.success || !agentId.success) throw unknown("no agent name");
  return { orgId: orgId.data, agentId: agentId.data };
}

/**
 * Reads who a certificate speaks for. Proves nothing about who signed it: see `verifyAgentCertificate`.
 *
 * @throws Fault `CERTIFICATE_UNKNOWN` when it is not exactly of the agents' leaf profile (security.md 7.2)
 */
export function readAgentIdentity(certificate: X509Certificate): AgentIdentity {
  if (certificate.ca) throw unknown("an authority is not an agent");
  const usages = certificate.keyUsage as string[] | undefined;
  if (usages?.length !== 1 || usages[0] !== CLIENT_AUTH) throw unknown("not for client authentication alone");
  if (!isP256(certificate.publicKey)) throw unknown("not a P-256 key");
  return {
    ...nameIn(certificate),
    serial: serialText(certificate.serialNumber),
    keyHash: keyHash(spkiOf(certificate.publicKey)),
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
  };
}
