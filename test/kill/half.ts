import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROUNDS, shotsIn, togetherIn, type Half, type Shot } from "./shots.ts";
import { openKillStage, type KillStage } from "./stage.ts";
import { sweep } from "./sweep.ts";
import { Tally } from "./tally.ts";

const PATIENCE_MS = 180_000;
const DEVICES = 240;

/** Declares the tests of one half, on a hub and a site of its own, and closes with a line of figures. */
export function sweepHalf(half: Half): void {
  const tally = new Tally();
  let stage: KillStage;
  beforeAll(
    async () => void (stage = await openKillStage(DEVICES * ROUNDS, `127.${42 + half}.0.1`)),
    120_000,
  );
  afterAll(async () => {
    await stage.close();
    console.log(tally.line(half));
  });

  /** @returns what is wrong, in words */
  async function fire(shot: Shot): Promise<string> {
    const swept = await sweep(stage, shot.of, shot.point, shot.turn);
    tally.add(shot, swept);
    return [...swept.complaints.map(({ of, says }) => `${of}: ${says}`), swept.lastWords].join("\n");
  }

  for (const [round, shots] of togetherIn(half).entries()) {
    test(
      `SIGKILL at each point, in ${shots[0]?.of.name}, round ${round + 1}`,
      async () => {
        await stage.hideMetadata(shots.length);
        expect((await Promise.all(shots.map(fire))).join("")).toBe("");
      },
      PATIENCE_MS,
    );
  }

  describe.concurrent("SIGKILL", () => {
    test.for(shotsIn(half))("at $point, in $of.name", { timeout: PATIENCE_MS }, async (shot, { expect }) =>
      expect(await fire(shot)).toBe(""),
    );
  });
}
