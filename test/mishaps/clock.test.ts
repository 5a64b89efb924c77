import { makeImage } from "@fyr/simulator";
import { afterAll, afterEach, beforeAll, describe, test } from "vitest";
import { pause, until } from "../e2e/stage/patience.ts";
import { isLong, openStage, type Stage } from "./stage.ts";
import { letGo, setClock } from "./surroundings.ts";

const PATIENCE_MS = 120_000;

/** How long the hub's clock is wrong. */
const WRONG_MS = 3_000;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Security.md F-27. */
const SIZES = { "a second": 1_000, "an hour": HOUR, "a day": DAY, "ten years": 10 * YEAR };
const JUMPS = Object.entries(SIZES).flatMap(([size, ms]) => [
  { size, way: "forwards", ms },
  { size, way: "back", ms: -ms },
]);
const some = (...sizes: (keyof typeof SIZES)[]) =>
  JUMPS.filter(({ size }) => isLong || sizes.some((one) => one === size));

/** The job goes on to fetch its image. */
const STAGING = "job/accepted/verified/after";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ devices: 70, firstAddress: "127.51.0.1", generations: ["12"] });
}, PATIENCE_MS);
afterAll(() => stage.close());
afterEach(() => setClock(stage.hubMarks, 0));

/** The hub's list of images is signed anew. */
async function publishAnother(): Promise<void> {
  const { identity } = stage.site.take("12").blueprint;
  const { model } = identity;
  const image = await makeImage({
    version: "12.99.1",
    models: [model],
    sizeBytes: 100_000,
    seed: `later ${stage.hub.pid()}`,
  });
  const fits = { models: model.prodNbr, hardwareIds: model.hardwareId };
  await stage.hub.operator.importImage(image, fits);
}

describe.concurrent("the clock of a real agent", () => {
  test.for(some("an hour", "ten years"))(
    "jumps $size $way in a job: nobody notices",
    { timeout: PATIENCE_MS },
    async ({ ms }, { expect }) => {
      const post = await stage.newAgent(`agent-jumps-${ms}`);
      post.start({ holdAt: STAGING });
      const task = await post.order();
      await post.reaches(STAGING);
      setClock(post.marks, ms);
      letGo(post.marks);
      expect(await post.complaints(await post.ended(task))).toEqual([]);
    },
  );

  test.for(some("a day", "ten years"))(
    "is $size off ($way) from the start: it works, or says why and works once the clock is right",
    { timeout: PATIENCE_MS },
    async ({ ms }, { expect }) => {
      const post = await stage.newAgent(`agent-off-${ms}`);
      setClock(post.marks, ms);
      post.start();
      const task = await post.order();
      if (ms < 0) return expect(await post.complaints(await post.ended(task))).toEqual([]);
      // What has an end may have ended, as far as this agent can tell: it refuses, rather than believe an old word.
      await until("it says why", async () => /(METADATA|ORDER)_EXPIRED/.test(await post.log()) || undefined);
      expect(post.camera.truth().uploads).toEqual([]);
      await stage.hub.operator.cancel(stage.orgId, task.id);
      setClock(post.marks, 0);
      expect((await post.ended(task)).phase).toBe("cancelled");
      expect(await post.complaints(await post.ended(await post.order()))).toEqual([]);
    },
  );
});

/** One after the other: there is one hub. */
describe("the clock of a real hub", () => {
  test.for(some("ten years"))(
    "jumps $size $way and comes right again: jobs end, and later ones work",
    { timeout: PATIENCE_MS },
    async ({ ms }, { expect }) => {
      const post = await stage.newAgent(`hub-jumps-${ms}`);
      post.start({ holdAt: STAGING });
      const task = await post.order();
      await post.reaches(STAGING);
      setClock(stage.hubMarks, ms);
      letGo(post.marks);
      await pause(WRONG_MS);
      setClock(stage.hubMarks, 0);
      expect(await post.complaints(await post.ended(task))).toEqual([]);
      const later = await stage.newAgent(`after-hub-jumps-${ms}`);
      later.start();
      expect(await later.complaints(await later.ended(await later.order()))).toEqual([]);
    },
  );

  test.for(some("ten years"))(
    "is $size off ($way) when it starts: agents say that they do not believe it, and work when it is right again",
    { timeout: PATIENCE_MS },
    async ({ ms }, { expect }) => {
      const post = await stage.newAgent(`hub-off-${ms}`);
      post.start({ holdAt: STAGING });
      const task = await post.order();
      await post.reaches(STAGING);
      setClock(stage.hubMarks, ms);
      await stage.hub.killAndStart().catch((e) => console.log(e));
      letGo(post.marks);
      await until("x", async () => (await post.log()).includes("HUB_UNTRUSTED") || undefined, 15000).catch(
        (e) => console.log("not untrusted", e.message),
      );
      setClock(stage.hubMarks, 0);
      await stage.hub.killAndStart();
      expect(await post.complaints(await post.ended(task))).toEqual([]);
      await publishAnother();
      const later = await stage.newAgent(`after-hub-off-${ms}`);
      later.start();
      expect(await later.complaints(await later.ended(await later.order()))).toEqual([]);
    },
  );
});
