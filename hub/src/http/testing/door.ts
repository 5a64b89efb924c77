import { Fault, type AgentId, type OrgId } from "@fyr/protocol";
import type { AgentDoor, AgentIdentity } from "../../ports.ts";

export interface FakeDoor extends AgentDoor {
  /** Lets a certificate in as `identity`. */
  know(identity: AgentIdentity): void;
  revoke(certificateSerial: string): void;
  /** Everything that reached the hub through this door, in order. */
  readonly calls: { name: string; args: unknown[] }[];
}

/** A door that keeps its certificates in memory and notes what came in. */
export function fakeDoor(answers: Partial<AgentDoor> = {}): FakeDoor {
  const known = new Map<string, { identity: AgentIdentity; revoked: boolean }>();
  const calls: FakeDoor["calls"] = [];
  const note = (name: string, ...args: unknown[]) => void calls.push({ name, args });
  return {
    calls,
    know: (identity) => void known.set(identity.certificateSerial, { identity, revoked: false }),
    revoke(serial) {
      const found = known.get(serial);
      if (found) found.revoked = true;
    },
    async authenticate(serial) {
      const found = known.get(serial);
      if (!found) throw new Fault("CERTIFICATE_UNKNOWN");
      if (found.revoked) throw new Fault("CERTIFICATE_REVOKED");
      return found.identity;
    },
    async enrol(request, exporter) {
      note("enrol", request, exporter);
      if (answers.enrol) return answers.enrol(request, exporter);
      throw new Fault("ENROL_CODE_INVALID");
    },
    async renew(identity, request) {
      note("renew", identity, request);
      if (answers.renew) return answers.renew(identity, request);
      return { wire: 1, chain: "chain", renewInMs: 1 };
    },
    async sync(identity, request) {
      note("sync", identity, request);
      if (answers.sync) return answers.sync(identity, request);
      return { answer: null, nextPollMs: 30_000 };
    },
    presence: (identity, presence) => note("presence", identity, presence),
    progress: (identity, report) => note("progress", identity, report),
  };
}

let agents = 0;

/** A name for one more agent; of the organisation numbered `org`. */
export function agentName(org = 1): { orgId: OrgId; agentId: AgentId } {
  agents += 1;
  const uuid = (kind: number, number: number) =>
    `0189000${kind}-0000-7000-8000-${String(number).padStart(12, "0")}`;
  return { orgId: uuid(1, org) as OrgId, agentId: uuid(2, agents) as AgentId };
}
