import { Fault, LIVE_CLOSE, type LiveFrame, type OrgId } from "@fyr/protocol";
import type { Cancel, Clock, Logger } from "@fyr/runtime";
import type { PrincipalId } from "../access/store.ts";
import { isPlaced } from "./audience.ts";
import { standings, type Watcher } from "./standing.ts";
import type { LiveStore } from "./store.ts";
import { createStream, type News, type Outlet, type Stream } from "./stream.ts";

/** How often everything that streams depend on is asked anew. */
export const LOOK_MS = 1_000;
/** What is written in this time is told together. */
const PAUSE_MS = 100;
/** Notices that are read at once. */
const PAGE = 500;
/** Whoever is further behind than this reads everything anew. */
export const LONGEST_CATCH_UP = 10_000;
export const STREAMS_PER_MEMBER = 8;

export interface LiveStreams {
  /** @throws Fault `TOO_MANY_REQUESTS` when the member has as many streams as one may */
  demandRoom(principalId: PrincipalId): void;
  /**
   * Tells what is written from now on, or after the sequence number `after`.
   *
   * @returns what to call when the other side is gone
   */
  open(watcher: Watcher, after: number | undefined, outlet: Outlet): Promise<() => void>;
  /** Something was written in these organisations. */
  changed(orgs: ReadonlySet<OrgId>): void;
  count(): number;
  /** Ends all streams. */
  stop(): Promise<void>;
}

export interface LivePorts {
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * All live streams of this process: one look for all of them, each second and when something was written here. What is
 * told was written before it is asked who may see it, so that nobody is told by a role that is no more.
 */
export function createStreams({ clock, log }: LivePorts, store: LiveStore): LiveStreams {
  const streams = new Set<Stream>();
  let running: Promise<void> | undefined;
  let isAwaited = false;
  let timer: Cancel = () => undefined;

  const countOf = (principalId: PrincipalId) =>
    [...streams].filter(({ watcher }) => watcher.principalId === principalId).length;

  /** @returns whether there is more to be told */
  async function look(): Promise<boolean> {
    const all = [...streams];
    const news = await newsOf(store, all);
    const standingOf = await standings(
      store,
      all.map(({ watcher }) => watcher),
      clock.wall(),
    );
    for (const stream of all) {
      const standing = standingOf(stream.watcher);
      if ("code" in standing) stream.end(standing);
      else {
        const found = news.get(stream.watcher.orgId);
        if (found) stream.tell(standing, found, clock.mono());
        stream.beat(clock.mono());
      }
      if (!stream.isOpen()) streams.delete(stream);
    }
    return [...news.values()].some(({ isMore }) => isMore);
  }

  async function run(): Promise<void> {
    isAwaited = false;
    try {
      isAwaited = (await look()) || isAwaited;
    } catch (error) {
      // Nothing was told; the next look begins where this one did.
      log.warn({ error }, "live streams could not look");
    }
  }

  function arm(ms: number): void {
    timer();
    timer = () => undefined;
    if (streams.size > 0) timer = clock.after(ms, wake);
  }

  function wake(): void {
    if (running) {
      isAwaited = true;
      return;
    }
    running = run().finally(() => {
      running = undefined;
      arm(isAwaited ? PAUSE_MS : LOOK_MS);
    });
  }

  return {
    demandRoom(principalId) {
      if (countOf(principalId) >= STREAMS_PER_MEMBER) throw new Fault("TOO_MANY_REQUESTS");
    },
    async open(watcher, after, outlet) {
      const head = (await store.heads([watcher.orgId])).get(watcher.orgId) ?? 0;
      if (countOf(watcher.principalId) >= STREAMS_PER_MEMBER) {
        outlet.close(LIVE_CLOSE.tooMany, "too many streams");
        return () => undefined;
      }
      const isReset = after !== undefined && (after > head || head - after > LONGEST_CATCH_UP);
      const start = after === undefined || isReset ? head : after;
      const stream = createStream(watcher, outlet, start, clock.mono());
      const first: LiveFrame = { seq: start, notices: [], ...(isReset && { reset: true as const }) };
      outlet.send(JSON.stringify(first));
      streams.add(stream);
      wake();
      return () => void streams.delete(stream);
    },
    changed(orgs) {
      if ([...streams].some(({ watcher }) => orgs.has(watcher.orgId))) wake();
    },
    count: () => streams.size,
    async stop() {
      for (const stream of streams) stream.end({ code: LIVE_CLOSE.goingAway, reason: "the hub stops" });
      streams.clear();
      timer();
      await running;
      timer();
    },
  };
}

interface FoundNews extends News {
  readonly isMore: boolean;
}

/** What was written since the cursor that is furthest behind, in each organisation that has streams. */
async function newsOf(store: LiveStore, streams: readonly Stream[]): Promise<ReadonlyMap<OrgId, FoundNews>> {
  const from = new Map<OrgId, number>();
  for (const { watcher, cursor } of streams)
    from.set(watcher.orgId, Math.min(from.get(watcher.orgId) ?? Infinity, cursor()));
  const heads = await store.heads([...from.keys()]);
  const behind = [...from].filter(([orgId, cursor]) => (heads.get(orgId) ?? 0) > cursor);
  const found = await Promise.all(
    behind.map(async ([orgId, cursor]) => [orgId, await readNews(store, orgId, cursor)] as const),
  );
  return new Map(found);
}

async function readNews(store: LiveStore, orgId: OrgId, from: number): Promise<FoundNews> {
  const notices = await store.notices(orgId, from, PAGE);
  const placed = notices.filter(({ kind }) => isPlaced(kind));
  const paths = placed.length === 0 ? new Map<string, never>() : await store.paths(orgId, placed);
  const upTo = notices.at(-1)?.seq ?? from;
  return { from, upTo, notices, paths, isMore: notices.length === PAGE };
}
