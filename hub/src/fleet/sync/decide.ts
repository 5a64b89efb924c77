import {
  isTerminal,
  WIRE_VERSION,
  type Command,
  type AgentId,
  type DeviceId,
  type FaultCode,
  type ServerId,
  type SyncId,
  type SyncRequest,
  type SyncResponse,
} from "@fyr/protocol";
import type { OrderSigner } from "../../ports.ts";
import { takeServers } from "../../servers/take-reports.ts";
import type { Chance } from "../../upgrades/retry.ts";
import type { TaskRecord } from "../../upgrades/task.ts";
import { isContinuous, judgeBoot } from "./boot.ts";
import type { Draft } from "./draft.ts";
import { giveGrants } from "./grants.ts";
import { takeInventory } from "./inventory.ts";
import { findLost } from "./lost.ts";
import { takeEvents, takeStandings, type Fenced } from "./reports.ts";
import type { Refusal } from "./second-process.ts";

/** What a sync may use besides the hub's records. */
export interface SyncContext {
  readonly now: number;
  readonly leaseMs: number;
  readonly orders: OrderSigner;
  readonly chance: Chance;
  readonly newDeviceId: () => DeviceId;
  readonly newServerId: () => ServerId;
  /** Whether this agent was heard of lately. */
  readonly isHeard: (agentId: AgentId) => boolean;
  readonly imageFault: (digest: TaskRecord["digest"]) => FaultCode | null;
  /** When this agent was last heard of, and the newest sync that this process of it sent. */
  readonly lastSeenAt: number | null;
  readonly newestSyncId: SyncId | null;
  /** This process's first refusal, and when any last spoke for the site, if there were such. */
  readonly refusal: Refusal | null;
  readonly spokenAt: number | null;
  /** After so long without a word nobody speaks for a site any more. */
  readonly silentMs: number;
  readonly nextPollMs: (busy: boolean) => number;
}

export interface SyncAnswer {
  readonly answer: SyncResponse | null;
  readonly nextPollMs: number;
}

/**
 * Answers one sync and writes into the draft what becomes of it. Pure: the same draft, request and context give the same
 * answer.
 *
 * @throws Fault SITE_ALREADY_BOUND, MESSAGE_INVALID; nothing of the draft may be kept then
 */
export function decideSync(draft: Draft, request: SyncRequest, context: SyncContext): SyncAnswer {
  const repeated = repeatedAnswer(draft, request);
  if (repeated) return repeated;
  const listed = new Set(
    [...request.jobs, ...request.events].map(({ taskId, epoch }) => `${taskId} ${epoch}`),
  );
  takeBoot(draft, request, listed, context);
  const old = isOld(draft, request, context);
  const { acks, fenced } = takeEvents(draft, request.events, context);
  const stale = takeStandings(draft, request.jobs, context);
  ackCommands(draft, request);
  const inventory = { now: context.now, newId: context.newDeviceId, imageFault: context.imageFault };
  if (!old) takeServers(draft, request.servers ?? [], context);
  const known = old || takeInventory(draft, request.inventoryHash, request.inventory, inventory);
  const again = old ? [] : findLost(draft, listed, context.now);
  const grants = old ? [] : giveGrants(draft, again, request.capacity.jobs, context);
  const commands = old ? [] : openCommands(draft);
  const nextPollMs = context.nextPollMs(grants.length > 0 || request.jobs.length > 0);
  const said = {
    ...{ acks, grants, commands, fenced: distinct([...fenced, ...stale]), wantInventory: !known },
    ...(!old && lacksServers(draft, request, known) && { wantServers: true }),
  };
  if (isNothing(said)) return { answer: null, nextPollMs };
  const { syncId } = request;
  const answer: SyncResponse = { wire: WIRE_VERSION, syncId, hubTime: context.now, ...said, nextPollMs };
  if (!old) draft.setLink({ lastSyncId: syncId, lastAnswer: JSON.stringify(answer) });
  return { answer, nextPollMs };
}

/** A lost answer costs nothing: the same sync gets the same bytes. */
function repeatedAnswer({ link }: Draft, { syncId, bootId }: SyncRequest): SyncAnswer | null {
  if (link.lastSyncId !== syncId || link.bootId !== bootId || link.lastAnswer === null) return null;
  const answer = JSON.parse(link.lastAnswer) as SyncResponse;
  return { answer, nextPollMs: answer.nextPollMs };
}

function takeBoot(
  draft: Draft,
  { bootId, syncId, agentVersion }: SyncRequest,
  listed: ReadonlySet<string>,
  context: SyncContext,
): void {
  const { now, lastSeenAt, refusal, spokenAt, silentMs } = context;
  const continuous = () => isContinuous(draft.tasks(), listed);
  const change = judgeBoot(draft.link, {
    bootId,
    syncId,
    now,
    lastSeenAt,
    refusal,
    spokenAt,
    silentMs,
    continuous,
  });
  // The numbers of another process's syncs cannot be compared with this one's.
  if (change) draft.setLink({ ...change, lastSyncId: null, lastAnswer: null });
  if (draft.link.agentVersion !== agentVersion) draft.setLink({ agentVersion });
}

/** UUIDv7: only these rise with time. */
const rises = (id: string): boolean => id.charAt(14) === "7";

/**
 * A request that was overtaken on its way tells nothing about the present: its events count, for they
 * are numbered; what it lists or wants does not.
 */
function isOld({ link }: Draft, { syncId }: SyncRequest, { newestSyncId }: SyncContext): boolean {
  return [link.lastSyncId, newestSyncId].some(
    (newest) => newest !== null && rises(newest) && rises(syncId) && syncId < newest,
  );
}

function ackCommands(draft: Draft, { commandAcks }: SyncRequest): void {
  if (commandAcks.length === 0) return;
  const acked = new Set<string>(commandAcks);
  draft.written.acked.push(...draft.commands().filter(({ commandId }) => acked.has(commandId)));
}

function openCommands(draft: Draft): Command[] {
  const acked = new Set(draft.written.acked.map(({ commandId }) => commandId));
  return draft
    .commands()
    .filter(({ commandId, taskId, kind }) => {
      const task = draft.task(taskId);
      // A restore is asked for after the end.
      const matters = kind === "restore" || task === undefined || !isTerminal(task.phase);
      return !acked.has(commandId) && matters;
    })
    .map(({ commandId, taskId, kind }) => ({ commandId, taskId, kind }));
}

/**
 * Whether the agent shall tell of its host's servers: it thinks that they are known here, and they may not be. So it is
 * with a hub that was restored from a backup: it does not know the site as it is now, or hears of jobs that it never gave.
 */
const lacksServers = (draft: Draft, { servers, jobs }: SyncRequest, known: boolean): boolean =>
  servers === undefined && (!known || jobs.some(({ taskId }) => draft.task(taskId) === undefined));

const distinct = (fenced: readonly Fenced[]): Fenced[] => [
  ...new Map(fenced.map((one) => [one.taskId, one])).values(),
];

const isNothing = (said: Omit<SyncResponse, "wire" | "syncId" | "hubTime" | "nextPollMs">): boolean =>
  !said.wantInventory &&
  said.wantServers !== true &&
  said.acks.length + said.grants.length + said.commands.length + said.fenced.length === 0;
