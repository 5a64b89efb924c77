import { constants, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
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
});

function nameFault(serverName: string, certificate: X509Certificate): Fault | undefined {
  const named =
    isIP(serverName) === 0
      ? certificate.checkHost(serverName, { subject: "never" })
      : certificate.checkIP(serverName);
  return named === undefined ? new Fault("HUB_UNTRUSTED", { reason: "another name", serverName }) : undefined;
}

/**
 * The agent's side: the hub's private root is the only trust, whatever the host's own store holds; the name is
 * checked whatever address is dialled; the agent shows its certificate when it has one. Offer no saved session with
 * it (`maxCachedSessions: 0` in node:https): a resumed one is not checked again.
 *
 * @param serverName the host name or address of the hub that the installer gave
 */
export const agentTlsOptions = (
  rootPem: string,
  serverName: string,
  credentials?: TlsCredentials,
): ConnectionOptions => ({
  ca: [rootPem],
  ...(credentials && { key: credentials.keyPem, cert: credentials.chainPem }),
  ...(isIP(serverName) === 0 && { servername: serverName }),
  checkServerIdentity: (_dialled, { raw }) => nameFault(serverName, new X509Certificate(raw)),
  rejectUnauthorized: true,
  minVersion: OLDEST,
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
