import type { HubAnswer } from "@fyr/agent/testing";
import type { Task, Upgrade, AgentId, OrgId } from "@fyr/protocol";
import type { Device } from "@fyr/simulator";
import type { Asked } from "./hub-door.ts";
import type { WorldAgent } from "./cast.ts";

/** What can be seen of a world from outside; judges look at what concerns them. */
export interface Sights {
  /** A transaction of the hub is durable, or is in the way of becoming so: it may be there though it was called failed. */
  hubCommitted(): void;
  hubStarted(): void;
  agentStarted(agent: WorldAgent): void;
  agentDown(agent: WorldAgent, how: "kill" | "cut"): void;
  deviceChanged(agent: WorldAgent, serial: string): void;
  /** An image is about to be sent: nothing of it has left yet. */
  uploadBegins(agent: WorldAgent, device: Device): void;
  /** A piece of an image is about to leave without which no device can hold it whole. */
  uploadEnds(agent: WorldAgent, device: Device): void;
  asked(agentId: AgentId, asked: Asked): void;
  answered(agentId: AgentId, asked: Asked, answer: HubAnswer): void;
  /** Bytes of an image came through to an agent. */
  fetched(agentId: AgentId, path: string, bytes: number): void;
  /** Somebody of an organisation was told something by the public services. */
  told(orgId: OrgId, what: unknown): void;
  ordered(orgId: OrgId, upgrade: Upgrade, tasks: readonly Task[]): void;
  revoked(agentId: AgentId): void;
  /** Somebody is about to ask that the task of this device be cancelled. */
  cancelled(serial: string): void;
  /** After every step. */
  step(): void;
  /** Everything is healed and quiet, or its time is over. */
  over(): Promise<void>;
}

/** One judge: an invariant's number and sentence, and what it looks at. */
export interface Judge extends Partial<Sights> {
  readonly name: string;
}

export interface Witness {
  readonly tell: Sights;
  appoint(judge: Judge): void;
}

const NAMES = [
  "hubCommitted",
  "hubStarted",
  "agentStarted",
  "agentDown",
  "deviceChanged",
  "uploadBegins",
  "uploadEnds",
  "asked",
  "answered",
  "fetched",
  "told",
  "ordered",
  "revoked",
  "cancelled",
  "step",
] as const satisfies (keyof Sights)[];

export function newWitness(): Witness {
  const judges: Judge[] = [];
  const seers = new Map<keyof Sights, ((...values: unknown[]) => void)[]>(NAMES.map((name) => [name, []]));
  const tell = Object.fromEntries(
    NAMES.map((name) => [
      name,
      (...values: unknown[]) => {
        for (const see of seers.get(name) ?? []) see(...values);
      },
    ]),
  ) as unknown as Sights;
  tell.over = async () => {
    for (const judge of judges) await judge.over?.();
  };
  return {
    tell,
    appoint(judge) {
      judges.push(judge);
      for (const name of NAMES) {
        const see = judge[name] as ((...values: unknown[]) => void) | undefined;
        if (see) seers.get(name)?.push(see);
      }
    },
  };
}
