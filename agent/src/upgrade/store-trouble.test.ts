import { Fault } from "@fyr/protocol";
import { describe, expect, test } from "vitest";
import {
  GENERATIONS,
  HANDOVERS,
  SERIAL,
  stage,
  TROUBLES,
  type Scenario,
  type Stage,
} from "./testing/scenarios.ts";
import { complaints } from "./testing/verdict.ts";

const CHOSEN = [...GENERATIONS, ...TROUBLES, ...HANDOVERS].filter(({ name }) =>
  ["12", "legacy to legacy", "power lost while flashing", "undone in trial"].includes(name),
);

async function play(scenario: Scenario, prepare: (on: Stage) => void): Promise<Stage> {
  const on = stage(scenario);
  on.site.start();
  prepare(on);
  await on.site.runToEnd();
  return on;
}

/** Lets the `number`-th write go wrong as `how` says; whoever asks next finds the store opened anew. */
function failWrite(on: Stage, number: number, how: (apply: () => unknown) => never): void {
  let writes = 0;
  on.site.disk.write = (apply) => (++writes === number ? how(apply) : (apply() ?? true));
}

async function countWrites(scenario: Scenario): Promise<number> {
  let writes = 0;
  await play(scenario, (on) => (on.site.disk.write = (apply) => (writes++, apply() ?? true)));
  return writes;
}

const WAYS = [
  ["before it was made", (_apply: () => unknown) => void 0],
  ["after it was made, for all that anybody knows", (apply: () => unknown) => void apply()],
] as const;

describe.each(WAYS)("the disk fails at a write, %s", (_way, doFirst) => {
  test.each(CHOSEN)("$name: whichever write it is, the upgrade ends truly", async (scenario) => {
    const wrong: string[] = [];
    const writes = await countWrites(scenario);
    // Looks write a row each; of their long series every ninth is enough.
    for (let number = 1; number <= writes; number += number < 30 ? 1 : 9) {
      const fail = (apply: () => unknown) => {
        doFirst(apply);
        throw new Fault("STORE_FAILED");
      };
      const on = await play(scenario, (begun) => failWrite(begun, number, fail));
      wrong.push(...complaints(scenario, on).map((complaint) => `write ${number}: ${complaint}`));
    }
    expect(wrong).toEqual([]);
  });
});

test("an image that the disk takes and cannot keep is not fetched again and again", async () => {
  const { site } = stage(GENERATIONS[5]!);
  const troubles = site.troubles;
  let asked = 0;
  Object.defineProperty(troubles, "stage", { get: () => (asked++, new Fault("STORE_FAILED")) });
  site.start();
  await site.run(3_600_000);
  const fetched = asked / 2; // whether there is trouble, and which
  expect(fetched).toBeGreaterThan(30);
  expect(fetched).toBeLessThan(70);
});

test("on a full disk nothing is begun that could not be recorded, and work goes on when space returns", async () => {
  const scenario = GENERATIONS[5]!;
  const on = stage(scenario);
  const { site, device, clock } = on;
  let isFull = true;
  site.disk = { roomy: () => !isFull, write: (apply) => apply() ?? true };
  site.start();
  await site.run(600_000);
  expect(device.uploads).toEqual([]);
  expect(site.jobs.standings()).toMatchObject([{ state: "parked" }]);
  expect(site.hub.all().at(-1)).toMatchObject({
    state: "parked",
    park: { reason: "disk_full" },
    code: "DISK_FULL",
  });
  isFull = false;
  const freedAt = clock.mono();
  await site.runToEnd();
  expect(complaints(scenario, on)).toEqual([]);
  expect(device.uploads[0]!.from - freedAt).toBeLessThan(120_000);
});

test("a point of no return that cannot be recorded is not passed", async () => {
  const scenario = GENERATIONS[5]!;
  const on = stage(scenario);
  const { site, device } = on;
  let isFull = false;
  site.onReached = (point) => {
    if (point === "step/transfer/before-last-chunk") isFull = true;
  };
  site.disk = {
    roomy: () => !isFull,
    write(apply) {
      if (isFull) throw new Fault("DISK_FULL");
      return apply() ?? true;
    },
  };
  site.start();
  await site.run(300_000);
  expect(device.uploads).toMatchObject([{ whole: false }]);
  expect(device.active).toBe(scenario.device.version);
  isFull = false;
  await site.runToEnd();
  expect(complaints(scenario, on)).toEqual([]);
  expect(device.uploads.map(({ whole }) => whole)).toEqual([false, true]);
});

describe("rows that were damaged while the agent was away", () => {
  const scenario = { ...GENERATIONS[5]!, ends: ["succeeded", "given_back", "skipped"] } as Scenario;

  /** Stops the agent at a point, spoils rows of a table, and starts it again. */
  async function spoil(point: string, sql: string): Promise<Stage> {
    const on = stage(scenario);
    const { site } = on;
    site.killAt.add(point);
    site.start();
    await site.run(600_000, () => site.kills > 0);
    site.agent!.disk.open().exec(sql);
    await site.runToEnd();
    return on;
  }

  test("a lost intent makes the agent look before it acts", async () => {
    const on = await spoil(
      "step/transfer/after-last-chunk",
      "update step_run set sum = 'x' where open_transfer = 1",
    );
    expect(complaints(scenario, on)).toEqual([]);
    expect(on.site.hub.all().map((event) => event.kind === "state" && event.state)).toContain("observing");
  });

  test("a lost job is not acted upon, and its device is looked at first by the next", async () => {
    const on = await spoil("step/transfer/after-act", "update job set sum = 'x'");
    expect(on.device.uploads).toHaveLength(1);
    on.site.grants.push(on.site.grant({ serial: SERIAL, epoch: 1 }));
    await on.site.runToEnd();
    expect(on.device.uploads).toHaveLength(1);
    expect(on.site.hub.outcomes()).toMatchObject([{ outcome: "succeeded" }]);
  });

  test("lost events let the hub's next grant decide", async () => {
    const on = await spoil("job/executing/sent/after", "update event set sum = 'x' where seq > 7");
    expect(on.site.hub.outcomes()).toEqual([]);
    expect(on.site.jobs.standings()).toEqual([]);
    expect(on.device.uploads).toHaveLength(1);
  });

  test("nothing is sent to any device until what may be flashing has come to rest", async () => {
    const on = await spoil(
      "job/staging/staged/after",
      "insert into quarantine (source, key, cells) values ('job', 'x', '')",
    );
    expect(complaints(scenario, on)).toEqual([]);
    expect(on.device.uploads[0]!.from).toBeGreaterThan(40 * 60_000);
  });
});
