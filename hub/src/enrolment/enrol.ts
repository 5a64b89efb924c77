import { challengeHolds, type AgentRequest } from "@fyr/certs";
import { Fault, WIRE_VERSION, type Enrolment, type EnrolRequest } from "@fyr/protocol";
import type { HubPorts } from "../ports.ts";
import { isTaken } from "../store/errors.ts";
import type { HubStore } from "../store/store.ts";
import { recordOf, renewInMs } from "./certificate.ts";
import type { CertificateRecord, Slot } from "./store.ts";

/** A certificate that is being made for one key keeps the slot from another for this long. */
const CLAIM_MS = 60_000;

/**
 * Turns a one-time code into an identity (security.md 7.3). The slot is claimed for one key first, then the
 * certificate is made, then both become final in one transaction; a crash between leaves a claim that the same key may
 * take up again at once and any other after a minute. The same key with the same code is given the same certificate
 * again, so that a lost answer does not cost a visit.
 *
 * @throws Fault ENROL_CODE_INVALID, ENROL_CODE_EXPIRED, ENROL_CODE_USED, ENROL_KEY_KNOWN, ENROL_REQUEST_INVALID, ORG_ARCHIVED
 */
export function enrolDoor(ports: HubPorts, store: HubStore) {
  const { clock, ca } = ports;
  const certificateOf = (keyHash: string): Promise<CertificateRecord | null> =>
    store.read.enrolment.certificateOfKey(keyHash);

  return async function enrol(asked: EnrolRequest, tlsExporter: Uint8Array): Promise<Enrolment> {
    const request = await ca.read(asked.request);
    const slot = await store.read.enrolment.slotOfCode(asked.codeId);
    checkProof(slot, request, tlsExporter);
    const archivedAt = (await store.read.organisations.find(slot.orgId))?.archivedAt ?? null;
    if (archivedAt !== null) throw new Fault("ORG_ARCHIVED", { archivedAt });
    const { keyHash } = request;
    const known = await certificateOf(keyHash);
    if (known) return answerWith(ports, slot, known);
    if (!(await claim(slot, keyHash))) return answerWith(ports, slot, await certificateOf(keyHash));
    const issued = await ca.issue(request, { orgId: slot.orgId, agentId: slot.agentId }, clock.wall());
    const certificate = recordOf(issued, slot, clock.wall());
    const mine = await finish(slot, certificate, asked);
    return answerWith(ports, slot, mine ? certificate : await certificateOf(keyHash));
  };

  /** False when the slot is not free for this key. */
  async function claim(slot: Slot, keyHash: string): Promise<boolean> {
    const now = clock.wall();
    if (slot.codeUntil <= now && slot.codeUsedAt === null) throw new Fault("ENROL_CODE_EXPIRED");
    return store.write(({ enrolment }) => enrolment.claim(slot, keyHash, now, now - CLAIM_MS));
  }

  /** False when another request with the same key was faster. */
  async function finish(
    slot: Slot,
    certificate: CertificateRecord,
    { hostName }: EnrolRequest,
  ): Promise<boolean> {
    const { orgId, agentId } = slot;
    const now = clock.wall();
    return store
      .write(async ({ enrolment, fleet, audit }) => {
        if (!(await enrolment.fill(slot, certificate.keyHash, hostName, now))) return false;
        await enrolment.insertCertificate(certificate);
        await fleet.insertLink(orgId, agentId);
        const entry = {
          orgId,
          at: now,
          actor: `agent:${agentId}`,
          action: "agent.enrolled",
          object: agentId,
        };
        await audit.append([{ ...entry, after: { serial: certificate.serial, hostName } }]);
        return true;
      })
      .catch((error: unknown) => {
        throw isTaken(error) ? new Fault("ENROL_KEY_KNOWN", {}, { cause: error }) : error;
      });
  }
}

/** Everything that proves the right to this slot, before anything is written. */
function checkProof(slot: Slot | null, request: AgentRequest, tlsExporter: Uint8Array): asserts slot is Slot {
  const { challenge, publicKeySpki } = request;
  if (
    !slot ||
    challenge === null ||
    !challengeHolds(slot.codeVerifier, challenge, publicKeySpki, tlsExporter)
  ) {
    throw new Fault("ENROL_CODE_INVALID");
  }
  if (slot.state === "revoked") throw new Fault("ENROL_CODE_USED");
}

/** What this key was given, now or before, if it was given for this slot and still counts. */
function answerWith(ports: HubPorts, slot: Slot, certificate: CertificateRecord | null): Enrolment {
  if (!certificate) throw new Fault("ENROL_CODE_USED");
  const same = certificate.agentId === slot.agentId && certificate.orgId === slot.orgId;
  if (!same || certificate.revokedAt !== null) throw new Fault("ENROL_KEY_KNOWN");
  // A code on paper must not stay good for ever, not even for its own agent.
  if (slot.codeUntil <= ports.clock.wall()) throw new Fault("ENROL_CODE_USED");
  return welcomeOf(ports, slot, certificate);
}

function welcomeOf(
  { welcome, clock, random }: HubPorts,
  { orgId, agentId }: Slot,
  certificate: CertificateRecord,
): Enrolment {
  const { root, syncUrl, mqttUrl, orderKeys, imageRoot } = welcome;
  const who = { wire: WIRE_VERSION, orgId, agentId, chain: certificate.chain, root } as const;
  return {
    ...who,
    syncUrl,
    mqttUrl,
    orderKeys,
    imageRoot,
    renewInMs: renewInMs(certificate, clock.wall(), random),
  };
}
