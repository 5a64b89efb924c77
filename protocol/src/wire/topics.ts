import { z } from "zod";
import { AgentId, BootId } from "../ids.ts";
import { Timestamp } from "../scalars.ts";
import { Progress } from "./event.ts";

/** MQTT carries no fact (design.md D3): the doorbell, presence and live progress only. */
export const TOPIC_KINDS = ["ring", "presence", "progress"] as const;
export type TopicKind = (typeof TOPIC_KINDS)[number];

export const topic = (agentId: AgentId, kind: TopicKind): string => `fyr/1/${agentId}/${kind}`;

const PATTERN = /^fyr\/1\/([0-9a-f-]{36})\/(ring|presence|progress)$/;

/** The parts of a topic of ours; null for any other, wildcards included. */
export function readTopic(name: string): { agentId: AgentId; kind: TopicKind } | null {
  const match = PATTERN.exec(name);
  if (!match) return null;
  return { agentId: match[1] as AgentId, kind: match[2] as TopicKind };
}

/** Bytes that one MQTT packet may have, counted before it is parsed. */
export const MQTT_LIMITS = {
  packetBytes: 64 * 1024,
  connectMs: 5_000,
  keepAliveS: 60,
  topicBytes: 256,
} as const;

/** Hub to agent: work is waiting, sync now. */
export const Ring = z.strictObject({ at: Timestamp }).meta({ id: "Ring" });

/** Agent to hub, on connect; the last will says `online: false`. */
export const Presence = z
  .strictObject({ bootId: BootId, online: z.boolean(), at: Timestamp })
  .meta({ id: "Presence" });
export type Presence = z.infer<typeof Presence>;

/** Agent to hub: where its jobs stand, at most a few times a second. */
export const ProgressReport = z
  .strictObject({ agentId: AgentId, jobs: z.array(Progress).max(500) })
  .meta({ id: "ProgressReport" });
export type ProgressReport = z.infer<typeof ProgressReport>;
