import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pause } from "../e2e/stage/patience.ts";
import { acknowledgedTo, eventsOf } from "./judge.ts";
import { isLong, openStage, type Stage } from "./stage.ts";
import { hasStrace, trouble } from "./strace.ts";
import { letGo } from "./surroundings.ts";

const PATIENCE_MS = 120_000;
const SYNCS = ["fsync", "fdatasync"] as const;
/** How many agents report while the disk fails once in a while. */
const AGENTS = 4;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ devices: 60, firstAddress: "127.53.0.1", generations: ["12"] });
}, PATIENCE_MS);
afterAll(() => stage.close());

const database = () => ["hub.db", "hub.db-wal", "hub.db-shm"].map((name) => join(stage.hub.folder, name));
const tracePath = (name: string): string => join(stage.folder, `${name}.strace`);

describe.runIf(hasStrace)("a real hub", () => {
  test(
    "whose disk fails to sync acknowledges nothing, and hears of it all once the disk is well",
    async () => {
      const post = await stage.newAgent("always");
      post.start({ holdAt: "job/executing/sent/after" });
      const task = await post.order();
      await post.reaches("job/executing/sent/after");
      const failure = { calls: SYNCS, error: "EIO", paths: database() } as const;
      const bad = await trouble(stage.hub.pid(), failure, tracePath("always"));
      const before = { acknowledged: acknowledgedTo(post, task), events: eventsOf(stage.hub, task).length };
      letGo(post.marks);
      const { target } = post.camera.blueprint;
      await post.camera.until("is upgraded", ({ active, committed }) => active === target && committed);
      await pause(1_500);
      expect(bad.struck()).toBeGreaterThan(0);
      expect(acknowledgedTo(post, task)).toBe(before.acknowledged);
      expect(eventsOf(stage.hub, task)).toHaveLength(before.events);
      expect((await stage.hub.operator.task(stage.orgId, task.id)).phase).toBe("running");
      await bad.end();
      expect(await post.complaints(await post.ended(task))).toEqual([]);
    },
    PATIENCE_MS,
  );

  /** From each number that is tried: the call of that number, and each so many after it. */
  const ROUNDS = [
    { name: "fails at every 5th sync", calls: SYNCS, error: "EIO", every: 5 },
    { name: "is full at every 61st write", calls: ["pwrite64"], error: "ENOSPC", every: 61 },
  ] as const;
  const rounds = ROUNDS.flatMap((round) =>
    (isLong ? Array.from({ length: round.every }, (_, at) => at + 1) : [2]).map((from) => ({
      ...round,
      from,
    })),
  );

  test.for(rounds)(
    "whose disk $name, from number $from on, loses nothing and says nothing twice",
    { timeout: PATIENCE_MS },
    async ({ name, calls, error, every, from }) => {
      const label = `${name}-${from}`.replaceAll(" ", "-");
      const posts = await Promise.all(
        Array.from({ length: AGENTS }, (_, at) => stage.newAgent(`${label}-${at}`)),
      );
      for (const post of posts) post.start();
      await Promise.all(posts.map(({ camera }) => stage.hub.operator.device(stage.orgId, camera.serial)));
      const tasks = await Promise.all(posts.map((post) => post.order()));
      const failure = { calls, error, paths: database(), nth: { from, every } };
      const bad = await trouble(stage.hub.pid(), failure, tracePath(label));
      const ended = await Promise.all(posts.map((post, at) => post.ended(tasks[at]!)));
      const complaints = await Promise.all(posts.map((post, at) => post.complaints(ended[at]!)));
      await bad.end();
      await Promise.all(posts.map((post) => post.stop()));
      expect(complaints.flat()).toEqual([]);
      expect(bad.struck()).toBeGreaterThan(1);
    },
  );
});
