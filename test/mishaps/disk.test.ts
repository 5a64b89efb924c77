import { execFile } from "node:child_process";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { KillPoint } from "@fyr/agent/testing";
import type { FaultCode } from "@fyr/protocol";
import { afterAll, beforeAll, describe, test } from "vitest";
import { pause, until } from "../e2e/stage/patience.ts";
import { mayMount } from "../e2e/stage/small-disk.ts";
import { isLong, openStage, type Post, type Stage } from "./stage.ts";
import { hasStrace, meeting, struckIn, trouble, type Failure } from "./strace.ts";
import { letGo } from "./surroundings.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ devices: 60, firstAddress: "127.48.0.1", generations: ["12"] });
}, 60_000);
afterAll(() => stage.close());

const PATIENCE_MS = 90_000;
/** Time enough for many tries. */
const STANDS_MS = 1_500;

const WRITES = ["write", "pwrite64"] as const;
const SYNCS = ["fsync", "fdatasync"] as const;
const CHANGES = [...WRITES, "ftruncate", "rename", "unlink", "mkdir"] as const;

/** Everything that an agent writes during one upgrade. */
function filesOf({ folder, camera }: Post): string[] {
  const replaced = [`images/${camera.digest()}.chunks`, `backups/${camera.serial}.backup`];
  const names = [
    ...["agent.db", "agent.db-wal", "agent.db-shm", "agent.db.ballast"],
    ...[`images/${camera.digest()}.part`, ...replaced, ...replaced.map((name) => `${name}.new`)],
  ];
  return names.map((name) => join(folder, name));
}

/** What a failing disk answers, and to what. */
const DISKS = {
  "that is full": { code: "DISK_FULL", calls: WRITES, error: "ENOSPC" },
  "that fails to sync": { code: "STORE_FAILED", calls: SYNCS, error: "EIO" },
  "that became read-only": { code: "STORE_FAILED", calls: CHANGES, error: "EROFS" },
} as const satisfies Record<string, Failure & { code: FaultCode }>;

/** What may have been sent when the point could not be recorded. */
const UNRECORDED = [
  ["step/transfer/before-intent", "no upload is begun", 0],
  ["step/transfer/before-last-chunk", "no upload is ended", 1],
] as const satisfies [KillPoint, string, number][];

const cases = Object.entries(DISKS).flatMap(([disk, { code, ...failure }]) =>
  UNRECORDED.map(([point, rule, begun]) => ({ disk, code, failure, point, rule, begun })),
);

/** An upgrade makes about 400 writes and 60 syncs; starting at each of `every` numbers, all of them fail once. */
const ROUNDS = [
  { name: "full at every 40th write", calls: WRITES, error: "ENOSPC", every: 40, short: [45, 58, 71] },
  { name: "failing at every 12th sync", calls: SYNCS, error: "EIO", every: 12, short: [14, 20] },
] as const;
const SWEEPS = ROUNDS.flatMap(({ short, ...round }) => {
  const from = isLong ? Array.from({ length: round.every }, (_, at) => at + 1) : short;
  return from.map((first) => ({ ...round, from: first }));
});

const tracePath = (name: string): string => join(stage.folder, `${name.replaceAll(" ", "-")}.strace`);

/** A line of the log names the code: as its fault, or as the error that it tells of. */
const tells = (log: string, code: FaultCode): boolean =>
  new RegExp(`"(fault|message)":"${code}\\b`).test(log);

describe.runIf(hasStrace).concurrent("a real agent on a disk", () => {
  test.for(cases)("$disk at $point: $rule", { timeout: PATIENCE_MS }, async (one, { expect }) => {
    const { disk, failure, code, point, begun } = one;
    const name = `${disk} ${point}`.replaceAll(/\W/g, "-");
    const post = await stage.newAgent(name);
    post.start({ holdAt: point });
    const task = await post.order();
    await post.reaches(point);
    const paths = filesOf(post);
    const bad = await trouble(post.program().pid, { ...failure, paths }, tracePath(name));
    letGo(post.marks);
    await until("its log says why it waits", async () => tells(await post.log(), code) || undefined);
    await pause(STANDS_MS);
    expect(bad.struck()).toBeGreaterThan(0);
    const { uploads } = post.camera.truth();
    expect(uploads).toHaveLength(begun);
    expect(uploads.filter(({ complete }) => complete)).toEqual([]);
    await bad.end();
    expect(await post.complaints(await post.ended(task))).toEqual([]);
    expect(post.exits).toEqual([]);
  });

  test.for(SWEEPS)(
    "that fails once in a while ($name from $from)",
    { timeout: PATIENCE_MS },
    async (sweep, { expect }) => {
      const { name, from, every, calls, error } = sweep;
      const post = await stage.newAgent(`${name}-${from}`.replaceAll(" ", "-"));
      const log = tracePath(`${name}-${from}`);
      const failure = { calls, error, nth: { from, every }, paths: filesOf(post) };
      post.keep({ under: meeting(failure, log), env: { UV_THREADPOOL_SIZE: "1" } });
      expect(await post.complaints(await post.ended(await post.order()))).toEqual([]);
      expect(struckIn(log)).toBeGreaterThan(0);
    },
  );
});

const run = promisify(execFile);

describe.concurrent("a real agent whose folder", () => {
  test.runIf(mayMount)(
    "is read-only when it starts ends at once and says so",
    { timeout: PATIENCE_MS },
    async ({ expect }) => {
      const post = await stage.newAgent("read-only-folder");
      await run("mount", ["--bind", post.folder, post.folder]);
      try {
        await run("mount", ["-o", "remount,bind,ro", post.folder]);
        expect((await post.start().ended).code).toBe(1);
        expect(await post.log()).toContain("STORE_FAILED");
      } finally {
        await run("umount", ["-l", post.folder]);
      }
      post.start();
      expect(await post.complaints(await post.ended(await post.order()))).toEqual([]);
    },
  );

  test(
    "is deleted while it runs sends nothing, and says so",
    { timeout: PATIENCE_MS },
    async ({ expect }) => {
      const post = await stage.newAgent("deleted-folder");
      post.start({ holdAt: "step/transfer/before-intent" });
      const task = await post.order();
      await post.reaches("step/transfer/before-intent");
      const away = `${post.folder}-away`;
      await rename(post.folder, away);
      letGo(post.marks);
      await until("its log says so", async () => tells(await post.log(), "STORE_FAILED") || undefined);
      await pause(STANDS_MS);
      expect(post.camera.truth().uploads).toEqual([]);
      await rm(post.folder, { recursive: true, force: true }); // the cache makes its own folder again
      await rename(away, post.folder);
      expect(await post.complaints(await post.ended(task))).toEqual([]);
    },
  );
});
