import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test, type TestContext } from "vitest";
import { sourceCopy, type Edit } from "../copy/index.ts";
import { AGENT_PROMISES, HUB_PROMISES } from "./promises.ts";
import { play, type Story } from "./story.ts";

const PATIENCE_MS = 120_000;

/** Long: the timing of a story is a little different each time. */
const ROUNDS = process.env["FYR_LONG"] === "1" ? 10 : 1;

const hasStrace = spawnSync("strace", ["-V"]).status === 0;

const unlessTraced = ({ skip }: TestContext): void => {
  if (!hasStrace) skip("needs the package strace");
};

const PROMISES = [
  ...HUB_PROMISES.map((promised) => ({ who: "hub", ...promised })),
  ...AGENT_PROMISES.map((promised) => ({ who: "agent", ...promised })),
];

describe("hub and agent as they are built", () => {
  const stories: Story[] = [];
  beforeAll(async () => {
    for (let round = 0; hasStrace && round < ROUNDS; round++) stories.push(await play());
  }, PATIENCE_MS * ROUNDS);

  test("enrol, upgrade and report to the end", (context) => {
    unlessTraced(context);
    expect(stories.map(({ task }) => task.phase)).toEqual(stories.map(() => "succeeded"));
  });

  test.for(PROMISES)("$who: $what", ({ look, least }, context) => {
    unlessTraced(context);
    for (const story of stories) {
      const { seen, broken } = look(story);
      expect(broken).toEqual([]);
      expect(seen).toBeGreaterThanOrEqual(least);
    }
  });
});

/** The builds that a test of kills alone would never find out. */
const NORMAL: readonly Edit[] = ["hub/src/store/sqlite.ts", "agent/src/store/connection.ts"].map((file) => ({
  file,
  find: '"synchronous = full"',
  replace: '"synchronous = normal"',
}));

describe("CALIBRATION: built with synchronous=NORMAL", () => {
  let story: Story;
  beforeAll(async () => {
    if (!hasStrace) return;
    const copy = await sourceCopy({ edits: NORMAL });
    try {
      story = await play(copy.folder);
    } finally {
      await copy.remove();
    }
  }, PATIENCE_MS);

  test("everything seems to go well", (context) => {
    unlessTraced(context);
    expect(story.task.phase).toBe("succeeded");
  });

  test.for(PROMISES)("$who breaks: $what", ({ look, least }, context) => {
    unlessTraced(context);
    const { seen, broken } = look(story);
    expect(seen).toBeGreaterThanOrEqual(least);
    expect(broken).not.toEqual([]);
  });
});
