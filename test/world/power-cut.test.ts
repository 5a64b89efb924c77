import { describe, expect, test } from "vitest";
import { GENERATION_NAMES } from "@fyr/simulator";
import type { WorldAgent } from "./cast.ts";
import type { Boundary, HostDisk } from "./disk/index.ts";
import { taskRows } from "./judges/tasks.ts";
import type { WorldOptions } from "./options.ts";
import { runWorld, type Verdict } from "./run.ts";

/** One device, one upgrade, and nothing that goes wrong but what a test does. */
const ONE_JOB: WorldOptions = {
  ...{ seed: 7, organisations: 1, agents: 1, devices: 1, generations: ["12"] },
  ...{ largeImages: true, brisk: true, stormMinutes: 4, faults: {} },
};

const AGAIN_MS = 3_000;

type Who = "agent" | "hub";

interface Played {
  readonly verdict: Verdict;
  /** The boundaries of each, told before and after. */
  readonly told: Readonly<Record<Who, readonly Boundary[]>>;
  readonly phases: readonly string[];
  /** What the power cut took that was committed. */
  readonly lost: number;
  readonly hasCut: boolean;
}

interface Director {
  /** Called when the world is set up and nothing was ordered yet. */
  (disks: Readonly<Record<Who, HostDisk>>, cut: (who: Who) => void): void;
}

/** Plays the one job, with whatever `direct` does to it. */
async function play(options: WorldOptions, direct: Director): Promise<Played> {
  const told = { agent: [] as Boundary[], hub: [] as Boundary[] };
  const phases: string[] = [];
  let cast: { agent: WorldAgent; hubDisk: HostDisk } | undefined;
  let hasCut = false;
  const verdict = await runWorld(options, undefined, [
    (world) => {
      const [agent] = world.agents;
      if (!agent) throw new Error("a world without agents");
      cast = { agent, hubDisk: world.hubDisk };
      const hosts = { agent: agent.host, hub: world.hub };
      const disks = { agent: agent.host.disk, hub: world.hubDisk };
      for (const who of ["agent", "hub"] as const) {
        disks[who].listen((boundary) => void told[who].push(boundary));
      }
      direct(disks, (who) => {
        hasCut = true;
        world.stage.fired(who === "agent" ? "agentCut" : "hubCut");
        hosts[who].stop("cut");
        world.stage.time.after(AGAIN_MS, () => void hosts[who].start());
      });
      return {
        name: "the end of the one job",
        over: async () => void phases.push(...(taskRows(world) ?? []).map(({ phase }) => phase)),
      };
    },
  ]);
  const lost = (cast?.agent.host.disk.fired.lostCommit ?? 0) + (cast?.hubDisk.fired.lostCommit ?? 0);
  return { verdict, told, phases, lost, hasCut };
}

/** What is not as it must be when the power was cut once in a world that is calm otherwise. */
const complaints = ({ verdict, phases, hasCut, lost }: Played): string[] => [
  ...(verdict.wrong ? [`${verdict.wrong.invariant}: ${verdict.wrong.what}`] : []),
  ...(verdict.wrong === null && phases.join() !== "succeeded"
    ? [`the task is ${phases.join() || "gone"}`]
    : []),
  ...(lost > 0 ? [`${lost} commits were lost`] : []),
  ...(hasCut ? [] : ["the power was not cut"]),
];

/** The power goes in the call that brings the boundary about. */
const cutAt = (who: Who, at: number, options: WorldOptions, isNormal = false): Promise<Played> =>
  play(options, (disks, cut) => {
    let passed = 0;
    disks[who].listen(() => void (passed++ === at && cut(who)));
    if (isNormal) disks[who].asNormal();
  });

/** Everything that a sweep of cuts, one in each world, found wrong. */
async function sweep(who: Who, options = ONE_JOB): Promise<string[]> {
  const calm = await play(options, () => {});
  expect(calm.verdict.wrong).toBeNull();
  const wrong: string[] = [];
  for (const [at, { what, when }] of calm.told[who].entries()) {
    const played = await cutAt(who, at, options);
    wrong.push(...complaints(played).map((complaint) => `${when} ${at} (${what}): ${complaint}`));
  }
  return wrong;
}

const LONG = process.env["FYR_LONG"] === "1";
const WORLDS = LONG
  ? GENERATION_NAMES.flatMap((generation, at) =>
      [1, 2, 3].map((seed) => ({ ...ONE_JOB, generations: [generation], seed: seed + 10 * at })),
    )
  : [ONE_JOB];
const PATIENCE_MS = 300_000;

describe("the power goes right before and right after each sync of one whole job", () => {
  test("of which there are many, of every kind", async () => {
    const { told } = await play(ONE_JOB, () => {});
    const kinds = (who: Who) => new Set(told[who].map(({ what }) => what.split(" ")[0]));
    expect(kinds("agent")).toEqual(new Set(["commit", "file", "folder"]));
    expect(kinds("hub")).toEqual(new Set(["commit"]));
    expect(told.agent.length).toBeGreaterThan(60);
    expect(told.hub.length).toBeGreaterThan(15);
  });

  test.each(WORLDS)(
    "at the agent ($generations, seed $seed): nothing is lost or flashed twice, and the job succeeds",
    async (options) => expect(await sweep("agent", options)).toEqual([]),
    PATIENCE_MS,
  );

  test.each(WORLDS)(
    "at the hub ($generations, seed $seed): nothing is lost or flashed twice, and the job succeeds",
    async (options) => expect(await sweep("hub", options)).toEqual([]),
    PATIENCE_MS,
  );
});

describe("CALIBRATION: with what a build with synchronous=NORMAL leaves", () => {
  const whos: readonly Who[] = ["agent", "hub"];
  test.each(whos)(
    "the same cuts at the %s are found out by what was acknowledged and is gone",
    async (who) => {
      const { told } = await play(ONE_JOB, () => {});
      const forgotten: string[] = [];
      for (let at = 11; at < told[who].length; at += 12) {
        const { lost, verdict } = await cutAt(who, at, ONE_JOB, true);
        expect(lost).toBeGreaterThan(0);
        if (verdict.wrong?.invariant === "X3") forgotten.push(verdict.wrong.what);
      }
      expect(forgotten).not.toEqual([]);
    },
    PATIENCE_MS,
  );
});
