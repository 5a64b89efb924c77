import {
  Fault,
  MQTT_LIMITS,
  parse,
  Presence,
  ProgressReport,
  readTopic,
  topic,
  type AgentId,
} from "@fyr/protocol";

/** What an agent may say in a CONNECT packet, as far as we look at it. */
export interface Connect {
  readonly clientId: string;
  readonly protocolVersion?: number | undefined;
  readonly will?: Publish | undefined;
}

export interface Publish {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly qos?: number | undefined;
}

/** What an agent said, understood. */
export type Said =
  | { readonly kind: "presence"; readonly presence: Presence }
  | { readonly kind: "progress"; readonly report: ProgressReport };

/** Return codes of CONNACK (MQTT 3.1.1, 3.2.2.3). */
export const REFUSED = { identifier: 2, notAuthorized: 5 } as const;

/**
 * Why a CONNECT is refused, as CONNACK's return code; null when it is not. The client id is the certificate's agent
 * and nothing else: with any other, one agent could throw another off.
 */
export function refusalOfConnect(agentId: AgentId, { clientId, protocolVersion, will }: Connect) {
  if (protocolVersion !== 4) return REFUSED.notAuthorized;
  if (clientId !== agentId) return REFUSED.identifier;
  return will && !isWill(agentId, will) ? REFUSED.notAuthorized : null;
}

/** A last will says one thing: this agent is gone. */
function isWill(agentId: AgentId, will: Publish): boolean {
  try {
    const said = readPublish(agentId, will);
    return said.kind === "presence" && !said.presence.online;
  } catch {
    return false;
  }
}

/**
 * Reads a message of an agent; its own presence and progress are all that it may publish.
 *
 * @throws Fault `FORBIDDEN` for any other topic or QoS 2, `AGENT_MISMATCH`, `MESSAGE_INVALID`
 */
export function readPublish(agentId: AgentId, publish: Publish): Said {
  const place = publish.topic.length > MQTT_LIMITS.topicBytes ? null : readTopic(publish.topic);
  if (!place || place.kind === "ring" || (publish.qos ?? 0) > 1) throw new Fault("FORBIDDEN");
  if (place.agentId !== agentId) throw new Fault("AGENT_MISMATCH");
  const text = Buffer.from(publish.payload).toString("utf8");
  if (place.kind === "presence") return { kind: "presence", presence: parse(Presence, text) };
  const report = parse(ProgressReport, text);
  if (report.agentId !== agentId) throw new Fault("AGENT_MISMATCH");
  return { kind: "progress", report };
}

/** Whether an agent may hear what matches `filter`: its own doorbell, by its exact name. */
export const mayHear = (agentId: AgentId, filter: string): boolean => filter === topic(agentId, "ring");
