import {
  Fault,
  isFault,
  SYNC_LIMITS,
  SyncId,
  type AgentId,
  type BootId,
  type SyncRequest,
} from "@fyr/protocol";
import type { Cancel, Clock, Ids, Logger, Random } from "@fyr/runtime";
import type { HubLink, ImageCache, Inventory, Jobs, ServerReports } from "../ports.ts";
import { createAlarm, type Rest } from "./alarm.ts";
import { waitAsked } from "./answers.ts";
import { ARCHIVED_MS, aroundMs, backOffMs } from "./backoff.ts";
import type { LinkTime } from "./site-time.ts";
import { applyAnswer } from "./sync-answer.ts";
import { syncRequest } from "./sync-request.ts";

export interface SyncPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Logger;
  readonly link: Pick<HubLink, "sync">;
  readonly jobs: Jobs;
  readonly inventory: Inventory;
  /** Of a host with a server. */
  readonly reports?: ServerReports | undefined;
  readonly cache: Pick<ImageCache, "freeBytes">;
  readonly time: LinkTime;
  /** Told of each change between answered and failing; for `status` and for the renewal of certificates. */
  readonly onStanding: (standing: LinkStanding) => void;
}

export interface SyncSettings {
  readonly agentId: AgentId;
  readonly bootId: BootId;
  readonly agentVersion: string;
  /** The first sync comes within this time, so that a district whose power returns does not come at once. */
  readonly firstMs: number;
  /** News of one moment travel together. */
  readonly gatherMs: number;
}

export type LinkStanding = { readonly answered: true } | { readonly answered: false; readonly fault: Fault };

export interface SyncLoop {
  start(): void;
  /** The hub says that work waits. */
  ring(): void;
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

const SHORTEST_POLL_MS = 100;
const LONGEST_POLL_MS = 24 * 3_600_000;
/** So many syncs may follow each other without a pause; a hub that always has more is asked at a walk. */
const STREAK = 20;

const clamped = (ms: number): number => Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, ms));

const asFault = (error: unknown): Fault =>
  error instanceof Fault ? error : new Fault("STORE_FAILED", {}, { cause: error });

const aDayOff = (random: Random): Rest => {
  const dayMs = aroundMs(ARCHIVED_MS, random);
  return { dueMs: dayMs, notBeforeMs: dayMs, newsMs: null };
};

/** Brings the hub's work to the site and the site's reports to the hub, for ever (upgrades.md 5.8). */
export function createSync(ports: SyncPorts, settings: SyncSettings): SyncLoop {
  const { clock, random, log, jobs, inventory, reports } = ports;
  const alarm = createAlarm(clock);
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let listening: Cancel[] = [];
  let unanswered: SyncRequest | undefined;
  let wholeInventory = false;
  let events: number = SYNC_LIMITS.events;
  let failures = 0;
  let streak = 0;
  let standing: string | undefined;

  const stand = (next: LinkStanding) => {
    const name = next.answered ? "answered" : next.fault.code;
    if (name === standing) return;
    standing = name;
    if (next.answered) log.info("hub answers");
    else log.warn({ fault: next.fault.code, details: next.fault.details }, "hub does not answer");
    ports.onStanding(next);
  };

  async function build(): Promise<SyncRequest> {
    const cacheFreeBytes = await ports.cache.freeBytes().catch(() => 0);
    const { agentId, bootId, agentVersion } = settings;
    const syncId = SyncId.parse(ports.ids.next());
    const agentTime = clock.wall();
    const facts = {
      agentId,
      bootId,
      agentVersion,
      syncId,
      agentTime,
      cacheFreeBytes,
      wholeInventory,
      events,
    };
    return syncRequest(facts, jobs, inventory, reports);
  }

  async function exchange(): Promise<Rest> {
    unanswered ??= await build();
    const sentAt = clock.mono();
    const { answer, nextPollMs, hubTime } = await ports.link.sync(unanswered, stopping.signal);
    ports.time.observe(sentAt, clock.mono(), hubTime);
    const { again, wantInventory } = applyAnswer(unanswered, answer, jobs, inventory, reports);
    unanswered = undefined;
    wholeInventory = wantInventory;
    events = SYNC_LIMITS.events;
    failures = 0;
    streak = again ? streak + 1 : 0;
    const { gatherMs } = settings;
    const dueMs = again ? (streak > STREAK ? gatherMs : 0) : aroundMs(clamped(nextPollMs), random);
    return { dueMs, notBeforeMs: 0, newsMs: gatherMs };
  }

  /** What the hub will never take is not sent again; what it could not answer is, with the same bytes. */
  function failed(error: unknown): Rest {
    const fault = asFault(error);
    failures++;
    streak = 0;
    if (fault.code === "MESSAGE_TOO_LARGE") events = Math.max(1, Math.floor(events / 2));
    // A hub that takes us for a dead process has to hear something new, not an echo.
    if (fault.retry === "permanent" || isFault(fault, "SITE_ALREADY_BOUND")) unanswered = undefined;
    if (!isFault(error)) log.error({ error }, "the answer could not be stored");
    stand({ answered: false, fault });
    if (isFault(fault, "ORG_ARCHIVED")) return aDayOff(random);
    const notBeforeMs = waitAsked(fault);
    return { dueMs: notBeforeMs + backOffMs(failures, random), notBeforeMs, newsMs: null };
  }

  async function turn(): Promise<Rest> {
    alarm.turn(unanswered ? "again" : "new");
    try {
      const rest = await exchange();
      stand({ answered: true });
      return rest;
    } catch (error) {
      return failed(error);
    }
  }

  async function loop(): Promise<void> {
    const { gatherMs, firstMs } = settings;
    let rest: Rest = { dueMs: random.next() * firstMs, notBeforeMs: 0, newsMs: gatherMs + firstMs };
    for (;;) {
      await alarm.rest(rest);
      if (stopping.signal.aborted) return;
      rest = await turn();
    }
  }

  return {
    start() {
      listening = [jobs.onNews(alarm.news), inventory.onChange(alarm.news)];
      if (reports) listening.push(reports.onChange(alarm.news));
      running = loop();
    },
    ring: alarm.ring,
    async stop() {
      for (const cancel of listening) cancel();
      stopping.abort();
      alarm.stop();
      await running;
    },
  };
}
