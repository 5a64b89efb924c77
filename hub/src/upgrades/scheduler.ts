import type { AgentId } from "@fyr/protocol";
import type { Cancel } from "@fyr/runtime";
import type { HubPorts } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { seenOf, tendAlerts } from "../servers/monitor/tend.ts";
import type { TellAlerts } from "../servers/monitor/tell.ts";
import { evaluate } from "./evaluate.ts";
import { imageFault } from "./images.ts";
import { TIMES, type TaskRecord } from "./task.ts";
import { trailOf } from "./trail.ts";

/** Nothing is looked at again at once: a task that could not be moved would keep the scheduler busy for ever. */
const later = (task: TaskRecord, now: number): TaskRecord =>
  task.wakeAt !== null && task.wakeAt <= now ? { ...task, wakeAt: now + TIMES.backStopMs } : task;

/** Tasks in one transaction of the scheduler. */
const BATCH = 500;

interface Batch {
  readonly seen: number;
  readonly ready: AgentId[];
}

export interface Scheduler {
  start(): void;
  /** Something will be due at this time, by the wall clock: look then, if nothing earlier is awaited. */
  expect(at: number): void;
  /** Resolves when a look that runs is over; no other follows. */
  stop(): Promise<void>;
  /** Looks once at everything that is due. */
  tick(): Promise<void>;
}

/**
 * Moves tasks by time and facts alone: holds that end, leases that lapse, deadlines. It sleeps until the next task is
 * due, and at most a minute in case something was missed. Several hubs may run it over one database.
 */
export function createScheduler(
  { clock, log, releases, doorbell, ids }: HubPorts,
  store: HubStore,
  tell: TellAlerts,
): Scheduler {
  let timer: Cancel = () => {};
  let timerAt = Number.POSITIVE_INFINITY;
  let running: Promise<void> | undefined;
  let started = false;

  async function batch(stores: Stores): Promise<Batch> {
    const { upgrades, audit } = stores;
    const now = clock.wall();
    const due = await upgrades.due(now, BATCH);
    const changes = due.map(({ task: before, deviceVersion }) => {
      const facts = { now, deviceVersion, imageFault: imageFault(releases, before.digest) };
      return { before, after: later(evaluate(before, facts), now) };
    });
    await upgrades.saveTasks(changes);
    const trail = changes.flatMap(({ before, after }) => trailOf(before, after, "hub", now));
    const judged = changes.map(({ after }) => after);
    const alerts = await tendAlerts(stores, seenOf([], judged, now), now, () => ids.next());
    await tell(stores, alerts);
    await audit.append([...trail, ...alerts.trail]);
    const ready = changes.filter(({ before, after }) => before.phase !== "ready" && after.phase === "ready");
    return { seen: due.length, ready: ready.map(({ after }) => after.agentId) };
  }

  async function tick(): Promise<void> {
    for (;;) {
      const { seen, ready } = await store.write(batch);
      if (ready.length > 0) doorbell.ring([...new Set(ready)]);
      if (seen < BATCH) return;
    }
  }

  /** @returns when to look again */
  async function look(): Promise<number> {
    try {
      await tick();
      return (await store.read.upgrades.nextDue()) ?? Number.POSITIVE_INFINITY;
    } catch (error) {
      log.error({ error }, "the scheduler could not look at its tasks");
      return Number.POSITIVE_INFINITY;
    }
  }

  function run(): void {
    timerAt = Number.POSITIVE_INFINITY;
    running = look().then((next) => {
      running = undefined;
      if (started) arm(Math.min(next, timerAt, clock.wall() + TIMES.backStopMs));
    });
  }

  function arm(at: number): void {
    timer();
    timerAt = at;
    timer = clock.after(Math.max(0, at - clock.wall()), run);
  }

  return {
    start() {
      started = true;
      arm(clock.wall());
    },
    expect(at) {
      if (at >= timerAt) return;
      // While a look runs, it takes this into account when it sets the next.
      timerAt = at;
      if (started && !running) arm(at);
    },
    async stop() {
      started = false;
      timer();
      await running;
    },
    tick,
  };
}
