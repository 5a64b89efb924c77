import type { TLSSocket } from "node:tls";
import { agentOf, type AgentIdentity as CertifiedAgent } from "@fyr/certs";
import { Fault } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import type { AgentDoor, AgentIdentity } from "../../ports.ts";
import type { ConnectionBook } from "../connections.ts";

/** How long an expired certificate may still be exchanged for a new one (security.md 7.4). */
export const RENEWAL_GRACE_MS = 180 * 24 * 60 * 60 * 1000;

export interface GatePorts {
  readonly clock: Clock;
  readonly door: Pick<AgentDoor, "authenticate">;
  readonly connections: ConnectionBook;
  /** The intermediates whose agents are let in, PEM. */
  readonly agentsPems: () => readonly string[];
}

export interface Gate {
  /**
   * Who is at the other end: the certificate is read once per socket, the database asked every time.
   *
   * @throws Fault `CERTIFICATE_REQUIRED`, `CERTIFICATE_UNKNOWN`, `CERTIFICATE_EXPIRED`, `CERTIFICATE_REVOKED`,
   * `ORG_ARCHIVED`
   */
  admit(socket: TLSSocket): Promise<AgentIdentity>;
  /** As `admit`, for the one route that takes a certificate that is over for a while, or has not begun: renewal. */
  admitForRenewal(socket: TLSSocket): Promise<AgentIdentity>;
}

export function createGate({ clock, door, connections, agentsPems }: GatePorts): Gate {
  const read = new WeakMap<TLSSocket, CertifiedAgent>();

  const certified = (socket: TLSSocket): CertifiedAgent => {
    const known = read.get(socket);
    if (known) return known;
    const rules = { agentsPems: agentsPems(), nowMs: clock.wall(), graceMs: RENEWAL_GRACE_MS };
    const agent = agentOf(socket, rules);
    read.set(socket, agent);
    connections.hold(agent.agentId, socket);
    return agent;
  };

  /** The hub's own record decides; a certificate that names somebody else than the record does is not ours. */
  const recorded = async (
    { serial, agentId, orgId }: CertifiedAgent,
    graceMs: number,
  ): Promise<AgentIdentity> => {
    const identity = await door.authenticate(serial, graceMs);
    if (identity.agentId === agentId && identity.orgId === orgId) return identity;
    throw new Fault("CERTIFICATE_UNKNOWN", { reason: "not as recorded" });
  };

  const admitWithin = (socket: TLSSocket, graceMs: number): Promise<AgentIdentity> => {
    const agent = certified(socket);
    const now = clock.wall();
    const hasBegun = graceMs > 0 || now >= agent.notBeforeMs;
    if (!hasBegun || now > agent.notAfterMs + graceMs) throw new Fault("CERTIFICATE_EXPIRED");
    return recorded(agent, graceMs);
  };

  return {
    admit: async (socket) => admitWithin(socket, 0),
    admitForRenewal: async (socket) => admitWithin(socket, RENEWAL_GRACE_MS),
  };
}
