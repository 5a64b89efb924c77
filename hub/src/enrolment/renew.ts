import { Fault, WIRE_VERSION, type Renewal, type RenewRequest } from "@fyr/protocol";
import type { AgentIdentity, HubPorts } from "../ports.ts";
import { isTaken } from "../store/errors.ts";
import type { HubStore } from "../store/store.ts";
import { recordOf, renewInMs } from "./certificate.ts";
import type { CertificateRecord } from "./store.ts";

/**
 * Gives an agent a certificate for a new key (security.md 7.4). The old one stays good until the new one is used, so
 * that at each moment one of them works. The same request again is answered with the same certificate.
 *
 * @throws Fault ENROL_KEY_KNOWN for a key that was ever seen elsewhere, or that is in use already
 */
export function renewDoor({ clock, ca, random }: HubPorts, store: HubStore) {
  return async function renew(identity: AgentIdentity, asked: RenewRequest): Promise<Renewal> {
    const request = await ca.read(asked.request);
    const known = await store.read.enrolment.certificateOfKey(request.keyHash);
    if (known) return renewal(again(identity, known));
    const { orgId, agentId } = identity;
    const issued = await ca.issue(request, { orgId, agentId }, clock.wall());
    const certificate = recordOf(issued, identity, clock.wall());
    return renewal(await keep(identity, certificate));
  };

  async function keep(identity: AgentIdentity, certificate: CertificateRecord): Promise<CertificateRecord> {
    const { orgId, agentId, certificateSerial } = identity;
    try {
      await store.write(async ({ enrolment, audit }) => {
        const slot = await enrolment.slot(orgId, agentId);
        if (slot?.state !== "enrolled") throw new Fault("CERTIFICATE_REVOKED");
        await enrolment.insertCertificate(certificate);
        const entry = {
          orgId,
          at: clock.wall(),
          actor: `agent:${agentId}`,
          action: "agent.renewed",
          object: agentId,
        };
        await audit.append([
          { ...entry, before: { serial: certificateSerial }, after: { serial: certificate.serial } },
        ]);
      });
      return certificate;
    } catch (error) {
      // The same request came twice at once; the other one was faster.
      const known = isTaken(error) ? await store.read.enrolment.certificateOfKey(certificate.keyHash) : null;
      if (known) return again(identity, known);
      throw error;
    }
  }

  function again({ agentId, certificateSerial }: AgentIdentity, known: CertificateRecord): CertificateRecord {
    const same = known.agentId === agentId && known.revokedAt === null && known.serial !== certificateSerial;
    if (!same) throw new Fault("ENROL_KEY_KNOWN");
    return known;
  }

  function renewal(certificate: CertificateRecord): Renewal {
    return {
      wire: WIRE_VERSION,
      chain: certificate.chain,
      renewInMs: renewInMs(certificate, clock.wall(), random),
    };
  }
}
