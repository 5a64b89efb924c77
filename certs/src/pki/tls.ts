import { constants, X509Certificate } from "node:crypto";
import type { ConnectionOptions, TLSSocket, TlsOptions } from "node:tls";
import { Fault } from "@fyr/protocol";
import type { AgentIdentity } from "./identity.ts";
import { verifyAgentCertificate, type CertificateRules } from "./verify-agent.ts";

/** A key and the certificates that vouch for it, leaf first, without the root; PEM. */
export interface TlsCredentials {
  readonly keyPem: string;
  readonly chainPem: string;
}

const OLDEST = "TLSv1.2";

/**
 * The agents' listener of the hub. Client certificates are asked for and none is refused here, because enrolment
 * has none: every other route calls `agentOf`. Sessions are never resumed, since a resumed one would not show again
 * that its certificate was revoked (security.md 0.3). The root is sent along for agents that know only its hash.
 */
export const hubTlsOptions = ({ keyPem, chainPem }: TlsCredentials, rootPem: string): TlsOptions => ({
  key: keyPem,
  cert: chainPem + rootPem,
  ca: [rootPem],
  requestCert: true,
  rejectUnauthorized: false,
  minVersion: OLDEST,
  secureOptions: constants.SSL_OP_NO_TICKET,
  ALPNProtocols: ["http/1.1"],
});

/**
 * The agent's side: the hub's private root is the only trust, whatever the host's own store holds; the name is
 * checked; the agent shows its certificate when it has one.
 *
 * @param serverName the host name or address that the installer gave
 */
export const agentTlsOptions = (
  rootPem: string,
  serverName: string,
  credentials?: TlsCredentials,
): ConnectionOptions => ({
  ca: [rootPem],
  ...(credentials && { key: credentials.keyPem, cert: credentials.chainPem }),
  host: serverName,
  rejectUnauthorized: true,
  minVersion: OLDEST,
  ALPNProtocols: ["http/1.1"],
});

/** A connection that trusts nobody, for `pinnedRoot` alone: look at the chain, send nothing, close. */
export const untrustingTlsOptions = (): ConnectionOptions => ({
  rejectUnauthorized: false,
  minVersion: "TLSv1.3",
});

/**
 * Which agent is at the other end, read once per connection. Revocation is asked of the database by the caller.
 *
 * @throws Fault `CERTIFICATE_REQUIRED`, `CERTIFICATE_UNKNOWN` or `CERTIFICATE_EXPIRED`
 */
export function agentOf(socket: TLSSocket, rules: CertificateRules): AgentIdentity {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) throw new Fault("CERTIFICATE_REQUIRED");
  return verifyAgentCertificate(new X509Certificate(certificate.raw), rules);
}
