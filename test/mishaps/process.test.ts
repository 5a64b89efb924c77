import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { pause, until } from "../e2e/stage/patience.ts";
import { openStage, type Post, type Stage } from "./stage.ts";
import { letGo } from "./surroundings.ts";

const PATIENCE_MS = 120_000;
/** So short that a process can sleep through it. */
const LEASE_MS = 2_000;

let stage: Stage;
beforeAll(async () => {
  const site = { devices: 40, firstAddress: "127.52.0.1", generations: ["12"] } as const;
  stage = await openStage({ ...site, hubEnv: { HUB_LEASE_MS: String(LEASE_MS) } });
}, PATIENCE_MS);
afterAll(() => stage.close());

/** Before an act, each of them, that a process which slept must not do on the strength of what it knew before. */
const POINTS = [
  "job/accepted/verified/after",
  "step/transfer/before-intent",
  "step/transfer/before-last-chunk",
] as const;

/** Stops the process of `post` at `point` for longer than its lease. @returns the order, as the hub knows it then */
async function sleepThroughLease(post: Post, point: (typeof POINTS)[number]) {
  post.start({ holdAt: point });
  const task = await post.order();
  await post.reaches(point);
  process.kill(post.program().pid, "SIGSTOP");
  letGo(post.marks);
  const { length } = post.camera.truth().uploads;
  await pause(1.5 * LEASE_MS);
  if (post.camera.truth().uploads.length !== length) throw new Error("a stopped process acts");
  return stage.hub.operator.task(stage.orgId, task.id);
}

const wake = (post: Post): unknown => process.kill(post.program().pid, "SIGCONT");

/** What a start changes in a folder: names with sizes and times. */
async function look(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => !name.endsWith("-shm"));
  const found = await Promise.all(names.map((name) => stat(join(folder, name))));
  return names.map((name, at) => `${name} ${found[at]?.size} ${found[at]?.mtimeMs}`).sort();
}

describe.concurrent("a real agent", () => {
  test.for(POINTS)(
    "that is stopped at %s for longer than its lease flashes once",
    { timeout: PATIENCE_MS },
    async (point, { expect }) => {
      const post = await stage.newAgent(point.replaceAll("/", "-"));
      const { phase, id } = await sleepThroughLease(post, point);
      expect(phase).toBe(point.endsWith("last-chunk") ? "running" : "ready");
      wake(post);
      const ended = await post.ended(await stage.hub.operator.task(stage.orgId, id));
      expect(await post.complaints(ended)).toEqual([]);
    },
  );

  test.for(POINTS)(
    "that is stopped at %s, and whose order is cancelled then, ends as the hub says",
    { timeout: PATIENCE_MS },
    async (point, { expect }) => {
      const post = await stage.newAgent(`cancelled-${point.replaceAll("/", "-")}`);
      const { id } = await sleepThroughLease(post, point);
      const answered = await stage.hub.operator.cancel(stage.orgId, id);
      wake(post);
      await until(
        "the job ends at the site too",
        async () => (await post.log()).includes("job ended") || undefined,
      );
      const { phase } = await post.ended(answered);
      const { active, target, flashedTwice } = post.camera.truth();
      expect([phase, active === target]).toEqual(
        active === target ? ["succeeded", true] : ["cancelled", false],
      );
      expect(flashedTwice).toEqual([]);
    },
  );

  test(
    "that is started twice in one folder exits the second time and says why",
    { timeout: PATIENCE_MS },
    async ({ expect }) => {
      const post = await stage.newAgent("twice");
      const first = post.start();
      await first.ready;
      await stage.hub.operator.device(stage.orgId, post.camera.serial);
      process.kill(first.pid, "SIGSTOP"); // so that what changes in the folder is the second one's
      const before = await look(post.folder);
      const { code } = await post.start().ended;
      expect(code).toBe(1);
      expect(await post.log()).toContain("INSTANCE_RUNNING");
      expect(await look(post.folder)).toEqual(before);
      process.kill(first.pid, "SIGCONT");
      expect(await post.complaints(await post.ended(await post.order()))).toEqual([]);
      await first.end("SIGTERM");
    },
  );
});
