import { createHash } from "node:crypto";
import {
  Fault,
  serverUid,
  type AgentId,
  type FaultCode,
  type OrgId,
  type Serial,
  type ServerId,
  type ServerReport,
} from "@fyr/protocol";
import type { Draft } from "../fleet/sync/draft.ts";
import { evaluate, lapse } from "../upgrades/evaluate.ts";
import type { TaskRecord } from "../upgrades/task.ts";
import { wakeAt } from "../upgrades/wake.ts";
import { versionOf, type ServerRecord } from "./server.ts";

export interface ReportContext {
  readonly now: number;
  readonly newServerId: () => ServerId;
  /** Whether this agent was heard of lately. */
  readonly isHeard: (agentId: AgentId) => boolean;
  readonly imageFault: (digest: TaskRecord["digest"]) => FaultCode | null;
}

/**
 * Takes what the agent on a host says of its servers: the first report registers one, later ones keep it current.
 *
 * @throws Fault MESSAGE_INVALID when a server's name is not made of its product and machine id
 */
export function takeServers(draft: Draft, reports: readonly ServerReport[], context: ReportContext): void {
  for (const report of reports) {
    const { uid, product, machineId } = report.facts;
    if (serverUid(product, machineId) !== uid) throw new Fault("MESSAGE_INVALID", { problems: ["uid"] });
    takeServer(draft, report, context);
  }
}

function takeServer(draft: Draft, report: ServerReport, context: ReportContext): void {
  const known = draft.server(report.facts.uid);
  if (known?.state === "unregistered") {
    // only whoever was enrolled anew may bring it back, and as a new one.
    if (known.agentId !== draft.link.agentId) register(draft, report, context);
    return;
  }
  if (!known) return register(draft, report, context);
  if (known.agentId !== draft.link.agentId && context.isHeard(known.agentId))
    return noteRival(draft, known, context.now);
  update(draft, known, report, context);
}

function register(draft: Draft, report: ServerReport, context: ReportContext): void {
  const { orgId, agentId, folderId } = draft.link;
  const { facts, health, standing } = report;
  const owner = draft.ownerOf(facts.uid);
  const elsewhere = owner !== undefined && owner !== orgId;
  const { devices, ...own } = facts;
  const made: ServerRecord = {
    ...{ orgId, id: context.newServerId(), state: elsewhere ? "elsewhere" : "registered", facts: own },
    ...{ deviceCount: null, devicesHash: null, agentId, folderId, rivalId: null, health, standing },
    ...{ registeredAt: context.now, reportedAt: context.now },
  };
  draft.setServer(withDevices(draft, made, devices));
  if (elsewhere) return noteElsewhere(draft, made, owner, context.now);
  note(draft, made, "server.registered", context.now, { uid: facts.uid, name: facts.name, folderId });
}

/** The organisation that has it is told that somebody tried, and neither is told of the other. */
function noteElsewhere(draft: Draft, server: ServerRecord, owner: OrgId, now: number): void {
  const { uid } = server.facts;
  note(draft, server, "server.registered_elsewhere", now, { uid });
  draft.written.audit.push({
    ...{ orgId: owner, at: now, actor: "hub", action: "server.registration_attempted", object: uid },
  });
}

const note = (draft: Draft, server: ServerRecord, action: string, now: number, after: unknown): void =>
  void draft.written.audit.push({
    ...{ orgId: server.orgId, at: now, actor: `agent:${draft.link.agentId}`, action, object: server.id },
    after,
  });

/** Two hosts that call themselves the same: the one that was first stays, and people are told once. */
function noteRival(draft: Draft, server: ServerRecord, now: number): void {
  const { agentId } = draft.link;
  if (server.rivalId === agentId) return;
  draft.setServer({ ...server, rivalId: agentId });
  note(draft, server, "server.cloned", now, { agentId: server.agentId, rival: agentId });
}

function update(draft: Draft, before: ServerRecord, report: ServerReport, context: ReportContext): void {
  const { orgId, agentId } = draft.link;
  const { devices, ...told } = report.facts;
  const facts = { ...told, ...lastKnown(before.facts, told) };
  const { health, standing } = report;
  const owner = draft.ownerOf(facts.uid);
  const freed = before.state === "elsewhere" && owner === undefined;
  const after: ServerRecord = {
    ...before,
    ...{ facts, health, standing, agentId, rivalId: null, reportedAt: context.now },
    state: freed || owner === orgId ? "registered" : before.state,
  };
  draft.setServer(withDevices(draft, after, devices));
  if (freed) note(draft, after, "server.registered", context.now, { uid: facts.uid, name: facts.name });
  if (before.agentId !== agentId)
    note(draft, after, "server.agent_changed", context.now, { before: before.agentId, after: agentId });
  const task = draft.openTaskOf(before);
  if (versionOf(before) !== versionOf(after) && !task?.jobOpen) noteDrift(draft, before, after, context.now);
  if (task) followServer(draft, task, after, context);
}

type Licensed = Pick<ServerRecord["facts"], "licensing" | "counts">;

/** What licences are reckoned by stays as it was last told: a host that cannot count has no fewer devices (L-28). */
const lastKnown = (before: Licensed, told: Licensed): Licensed => ({
  licensing: told.licensing === "unknown" ? before.licensing : told.licensing,
  counts: told.counts === "unknown" ? before.counts : told.counts,
});

/** Somebody else changed the version: nobody here asked for it. */
function noteDrift(draft: Draft, before: ServerRecord, after: ServerRecord, now: number): void {
  const [was, is] = [versionOf(before), versionOf(after)];
  if (was === null || is === null) return;
  draft.written.audit.push({
    ...{
      orgId: after.orgId,
      at: now,
      actor: `agent:${draft.link.agentId}`,
      action: "server.version_changed",
    },
    ...{ object: after.id, before: { version: was }, after: { version: is } },
  });
}

/** Which devices it records is written anew when it changed; what a host cannot tell leaves it as it was. */
function withDevices(
  draft: Draft,
  server: ServerRecord,
  devices: readonly Serial[] | "unknown",
): ServerRecord {
  if (devices === "unknown") return server;
  const serials = [...new Set(devices)].sort();
  const devicesHash = createHash("sha256").update(serials.join(" ")).digest("hex");
  if (devicesHash === server.devicesHash) return server;
  draft.written.recorded.push({ orgId: server.orgId, serverId: server.id, serials });
  return { ...server, devicesHash, deviceCount: serials.length };
}

/** What a task makes of news about its server. */
function followServer(draft: Draft, task: TaskRecord, server: ServerRecord, context: ReportContext): void {
  const { now } = context;
  const moved = withOwner(task, server, now);
  const queued = moved.phase === "pending" || moved.phase === "ready";
  const facts = { now, deviceVersion: versionOf(server), imageFault: context.imageFault(task.digest) };
  const judged = queued ? evaluate(moved, facts) : moved;
  if (judged.phase === task.phase && judged.agentId === task.agentId) return;
  draft.setTask({ ...judged, wakeAt: wakeAt(judged, now), changedAt: now });
}

/** The task goes with its server, once the agent that has it can be counted out. */
function withOwner(task: TaskRecord, { agentId }: ServerRecord, now: number): TaskRecord {
  if (task.agentId === agentId) return task;
  if (!task.jobOpen) return { ...task, agentId };
  const counted = task.leaseUntil !== null && task.leaseUntil > now;
  return counted ? task : { ...lapse(task, now), jobOpen: false, agentId };
}
