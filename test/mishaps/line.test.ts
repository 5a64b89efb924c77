import type { KillPoint } from "@fyr/agent/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { pause, until } from "../e2e/stage/patience.ts";
import { isLong, openStage, type Lines, type Stage } from "./stage.ts";
import { letGo } from "./surroundings.ts";

const MIB = 2 ** 20;
const IMAGE_BYTES = isLong ? 100 * MIB : 6 * MIB;
const PATIENCE_MS = isLong ? 900_000 : 180_000;

let stage: Stage;
beforeAll(async () => {
  const site = { devices: 60, firstAddress: "127.49.0.1", generations: ["12"] } as const;
  stage = await openStage({ ...site, imageBytes: IMAGE_BYTES });
}, PATIENCE_MS);
afterAll(() => stage.close());

const both = ({ sync, mqtt }: Lines) => [sync, mqtt];

/** What a cut really costs: the record that was not whole, a handshake, and the answers to syncs meanwhile. */
const PER_CUT_BYTES = 64 * 1024;

/** The job goes on to fetch its image. */
const STAGING = "job/accepted/verified/after";

/** In the short run a second is an eighth of one, for the line and for the agent that waits for it. */
const HURRY = isLong ? 1 : 8;
const SPEED = isLong ? 10 * MIB : 24 * MIB;
const FEWEST_CUTS = isLong ? 10 : 2;
const UP_MS = 1_000 / HURRY;
const DOWN_MS = 4_000 / HURRY;

/** Lines that are up one second in five, until `end`. */
function flap(lines: Lines): { cuts(): number; end(): void } {
  let cuts = 0;
  let isOver = false;
  const live = async () => {
    while (!isOver) {
      cuts += lines.sync.connectionsOpen();
      breakOff(lines);
      await pause(DOWN_MS);
      await Promise.all(both(lines).map((line) => line.accept()));
      await pause(UP_MS);
    }
  };
  void live();
  return { cuts: () => cuts, end: () => (isOver = true) };
}

function breakOff(lines: Lines): void {
  for (const line of both(lines)) {
    line.refuse();
    line.cut();
  }
}

describe.concurrent("between a real agent and a real hub", () => {
  test("a line of a second each way is waited for", { timeout: PATIENCE_MS }, async ({ expect }) => {
    const post = await stage.newAgent("latency");
    const lines = await post.lines();
    const latencyMs = isLong ? 2_000 : 500;
    for (const line of both(lines)) line.set({ latencyMs });
    post.start();
    const began = performance.now();
    expect(await post.complaints(await post.ended(await post.order(), PATIENCE_MS))).toEqual([]);
    expect(performance.now() - began).toBeGreaterThan(10 * latencyMs);
    expect(await post.log()).not.toContain("PEER_SILENT");
  });

  test(
    "a line that is cut every few hundred kilobytes loses next to nothing",
    { timeout: PATIENCE_MS },
    async ({ expect }) => {
      const post = await stage.newAgent("cuts");
      const { sync, mqtt } = await post.lines();
      const every = Math.floor(IMAGE_BYTES / 20);
      sync.set({ cutAfterBytes: { down: every, up: 30_000 } });
      mqtt.set({ cutAfterBytes: { up: 3_700 } });
      post.start();
      expect(await post.complaints(await post.ended(await post.order(), PATIENCE_MS))).toEqual([]);
      expect(sync.connectionsMade()).toBeGreaterThan(20);
      expect(mqtt.passedBytes.up).toBe(mqtt.connectionsMade() * 3_700);
      expect(sync.passedBytes.down).toBeLessThan(1.05 * IMAGE_BYTES + sync.connectionsMade() * PER_CUT_BYTES);
    },
  );

  test("a narrow line is used to its end", { timeout: PATIENCE_MS }, async ({ expect }) => {
    const post = await stage.newAgent("narrow");
    const { sync } = await post.lines();
    const bytesPerSecond = IMAGE_BYTES / 8;
    sync.set({ bytesPerSecond });
    post.start();
    const began = performance.now();
    expect(await post.complaints(await post.ended(await post.order(), PATIENCE_MS))).toEqual([]);
    expect(performance.now() - began).toBeGreaterThan(7_000);
    expect(sync.passedBytes.down).toBeLessThan(1.05 * IMAGE_BYTES);
  });

  test(
    "over a line that is up one second in five the image comes once",
    { timeout: PATIENCE_MS },
    async ({ expect }) => {
      const post = await stage.newAgent("flapping");
      const lines = await post.lines();
      const { sync } = lines;
      sync.set({ bytesPerSecond: SPEED });
      post.start({ holdAt: STAGING, hurry: HURRY });
      const task = await post.order();
      await post.reaches(STAGING);
      const flapping = flap(lines);
      letGo(post.marks);
      await post.reaches("job/staging/staged/before", PATIENCE_MS).finally(flapping.end);
      expect(await post.complaints(await post.ended(task, PATIENCE_MS))).toEqual([]);
      expect(flapping.cuts()).toBeGreaterThanOrEqual(FEWEST_CUTS);
      expect(sync.passedBytes.down).toBeLessThan(1.05 * IMAGE_BYTES + flapping.cuts() * MIB);
      expect(sync.passedBytes.down).toBeLessThan(1.05 * IMAGE_BYTES + sync.connectionsMade() * PER_CUT_BYTES);
    },
  );

  test.for(["up", "down", true] as const)(
    "a line that falls silent (%s) is given up and taken again",
    { timeout: PATIENCE_MS },
    async (silent, { expect }) => {
      const idleMs = isLong ? undefined : 2_000;
      const post = await stage.newAgent(`silent-${silent}`);
      const lines = await post.lines();
      post.start({ holdAt: STAGING, ...(idleMs !== undefined && { idleMs }) });
      const task = await post.order();
      await post.reaches(STAGING);
      for (const line of both(lines)) line.set({ silent });
      letGo(post.marks);
      await until(
        "silence is noticed",
        async () => (await post.log()).includes("PEER_SILENT") || undefined,
        PATIENCE_MS,
      );
      await pause(idleMs ?? 90_000);
      for (const line of both(lines)) line.heal();
      expect(await post.complaints(await post.ended(task, PATIENCE_MS))).toEqual([]);
    },
  );

  const PHASES = [
    ["staging", STAGING, false],
    ["transfer", "step/transfer/after-intent", true],
    ["settling", "job/executing/sent/after", true],
    ["closing", "job/verifying/end/before", true],
  ] as const satisfies [string, KillPoint, boolean][];

  test.for(PHASES)(
    "a line that dies in %s",
    { timeout: PATIENCE_MS },
    async ([phase, point, goesOn], { expect }) => {
      const post = await stage.newAgent(phase);
      const lines = await post.lines();
      const { sync, mqtt } = lines;
      post.start({ holdAt: point });
      const task = await post.order();
      await post.reaches(point);
      const open = sync.connectionsOpen();
      breakOff(lines);
      const { up } = sync.passedBytes;
      letGo(post.marks);
      if (goesOn)
        await post.camera.until(
          "is upgraded meanwhile",
          ({ active, committed, target }) => active === target && committed,
        );
      await until(
        "the agent misses the hub",
        async () => (await post.log()).includes("HUB_UNREACHABLE") || undefined,
      );
      expect(open).toBeGreaterThan(0);
      expect(sync.passedBytes.up).toBe(up);
      await Promise.all([sync.accept(), mqtt.accept()]);
      expect(await post.complaints(await post.ended(task, PATIENCE_MS))).toEqual([]);
    },
  );
});
