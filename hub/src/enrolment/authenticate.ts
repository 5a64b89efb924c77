import { Fault } from "@fyr/protocol";
import type { AgentIdentity, HubPorts } from "../ports.ts";
import type { HubStore } from "../store/store.ts";

/**
 * What a certificate is worth at this moment (security.md 7.5). The first use of a renewed one ends those before it.
 * With a grace, as renewal has it (7.4), one that ended not longer ago still counts.
 *
 * @throws Fault CERTIFICATE_UNKNOWN, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, ORG_ARCHIVED
 */
export function authenticator({ clock }: HubPorts, store: HubStore) {
  return async function authenticate(certificateSerial: string, graceMs = 0): Promise<AgentIdentity> {
    const standing = await store.standing(certificateSerial);
    if (!standing) throw new Fault("CERTIFICATE_UNKNOWN");
    const { orgId, agentId, notAfter, firstUsedAt, revokedAt, archivedAt } = standing;
    if (revokedAt !== null) throw new Fault("CERTIFICATE_REVOKED");
    if (archivedAt !== null) throw new Fault("ORG_ARCHIVED", { archivedAt });
    const now = clock.wall();
    if (notAfter + graceMs <= now) throw new Fault("CERTIFICATE_EXPIRED");
    if (firstUsedAt === null)
      await store.write(({ enrolment }) => enrolment.firstUse(orgId, agentId, certificateSerial, now));
    return { orgId, agentId, certificateSerial };
  };
}
