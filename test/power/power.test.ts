import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test, type TestContext } from "vitest";
import { sourceCopy, type Edit } from "../copy/index.ts";
import { AGENT_PROMISES, HUB_PROMISES } from "./promises.ts";
import { play, type Story } from "./story.ts";

const PATIENCE_MS = 120_000;

const LONG = process.env["FYR_LONG"] === "1";
/** The timing of a story is a little different each time. */
const ROUNDS = LONG ? 10 : 1;

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

async function playEdited(edits: readonly Edit[]): Promise<Story> {
  const copy = await sourceCopy({ edits });
  try {
    return await play(copy.folder);
  } finally {
    await copy.remove();
  }
}

describe("CALIBRATION: built with synchronous=NORMAL", () => {
  let story: Story;
  beforeAll(async () => {
    if (hasStrace) story = await playEdited(NORMAL);
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

/** What is written down to the disk is right; only that it comes too late. */
const TOO_LATE: Edit = {
  file: "agent/src/vapix/upload/upload.ts",
  find: "      options.beforeLastChunk();\n      tail = true;\n",
  replace: "      tail = true;\n      setTimeout(options.beforeLastChunk, 50);\n",
};

if (LONG)
  test(
    "CALIBRATION: built to record its last mebibyte after it left, the agent is found out",
    async (context) => {
      unlessTraced(context);
      const story = await playEdited([TOO_LATE]);
      const broken = AGENT_PROMISES.filter(({ look }) => look(story).broken.length > 0);
      expect(broken.map(({ what }) => what)).toEqual([
        "its last mebibyte leaves after the disk knows that there is no way back",
      ]);
    },
    PATIENCE_MS,
  );
