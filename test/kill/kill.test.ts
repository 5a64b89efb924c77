import { KILL_POINTS, type KillPoint } from "@fyr/agent/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CASES, WITHOUT_METADATA, type Case } from "./cases.ts";
import { openKillStage, type KillStage } from "./stage.ts";
import { sweep } from "./sweep.ts";

const ROUNDS = process.env["FYR_LONG"] === "1" ? 3 : 1;
const PATIENCE_MS = 180_000;

interface Shot {
  readonly point: KillPoint;
  readonly of: Case;
  readonly turn: number;
}

/** Each round takes the next generation. */
const shotsOf = (of: Case): Shot[] =>
  Array.from({ length: ROUNDS }, (_, round) =>
    of.points.map((point, at) => ({ point, of, turn: at + round })),
  ).flat();

const shots = CASES.flatMap(shotsOf);
let stage: KillStage;
beforeAll(async () => void (stage = await openKillStage(240 * ROUNDS)), 120_000);
afterAll(() => stage.close());

test("every kill point of the tables is aimed at, once, and no other", () => {
  const aimed = [...CASES, WITHOUT_METADATA].flatMap(({ points }) => points);
  expect([...aimed].sort()).toEqual([...KILL_POINTS].sort());
});

test(
  WITHOUT_METADATA.name,
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await stage.hideMetadata(WITHOUT_METADATA.points.length);
      const swept = await Promise.all(
        WITHOUT_METADATA.points.map((point, at) => sweep(stage, WITHOUT_METADATA, point, at + round)),
      );
      expect(swept.flatMap(({ complaints }) => complaints)).toEqual([]);
    }
  },
  PATIENCE_MS * ROUNDS,
);

describe.concurrent("SIGKILL", () => {
  test.for(shots)(
    "at $point, in $of.name",
    { timeout: PATIENCE_MS },
    async ({ of, point, turn }, { expect }) => {
      const { complaints } = await sweep(stage, of, point, turn);
      expect(complaints.join("\n")).toBe("");
    },
  );
});
