import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KillPoint } from "@fyr/agent/testing";
import type { FaultCode, TaskPhase } from "@fyr/protocol";
import type { FaultInput, GenerationName } from "@fyr/simulator";
import { expect } from "vitest";
import { flipByte } from "../e2e/stage/damage.ts";
import { fullPath } from "./self.ts";
import { AGENT_SPEED } from "./speed.ts";
import type { Sweep } from "./sweep.ts";

/** A way through an upgrade, on real processes, that passes points which others do not. */
export interface Case {
  readonly name: string;
  /** Taken in turn, a point after the other. */
  readonly generations: readonly GenerationName[];
  readonly points: readonly KillPoint[];
  readonly ends: readonly (TaskPhase | `${TaskPhase}:${FaultCode}`)[];
  /** Only a device of this product. */
  readonly hardwareId?: string;
  readonly faults?: readonly FaultInput[];
  /** Before the agent starts for the first time. */
  readonly given?: (on: Sweep) => Promise<void> | void;
  /** When the agent comes to a point, it stands still while this happens. */
  readonly meanwhile?: Partial<Record<KillPoint, (on: Sweep) => Promise<void> | void>>;
  /** Once the order is given. */
  readonly ordered?: (on: Sweep) => Promise<void> | void;
  /** The agent is killed here first: for what only a second life comes to. */
  readonly killFirst?: KillPoint;
  /** With the agent running, before the order that counts. */
  readonly beforehand?: (on: Sweep) => Promise<void>;
  /** Of the agent; the simulator's is fixed. */
  readonly speed?: number;
  /** The device is out of reach for good, so what the last act did stays open in the journal. */
  readonly leavesDoubt?: true;
  /** Nothing may have been sent to the device. */
  readonly untouched?: true;
  /** No start after so many milliseconds. */
  readonly deadlineMs?: number;
  /** Until its first kill, the agent can write no file larger than this. */
  readonly mostFileBytes?: number;
}

type Around<M extends string> = `${M}/before` | `${M}/after`;
const around = <M extends string>(...names: M[]) =>
  names.flatMap((name) => [`${name}/before`, `${name}/after`] as Around<M>[]) as KillPoint[];
const act = (name: string) =>
  ["before-intent", "after-intent", "after-act"].map((when) => `step/${name}/${when}` as KillPoint);

const ALL = ["5.51", "9.80", "10.12", "11.11", "12", "13"] as const;
/** They run a new image on trial, and it has to be committed. */
const TRIALS = ["9.80", "10.12", "11.11", "12", "13"] as const;
/** They name each boot. */
const BOOT_IDS = ["11.11", "12", "13"] as const;

/** Seconds of a device's own time that are long enough to be seen. */
const DARK_S = 240;

const PLAIN: Case = {
  name: "an upgrade that goes well",
  generations: ALL,
  points: [
    ...around(
      "job/accepted/verified",
      "job/staging/staged",
      "job/armed/start",
      "job/executing/sent",
      "job/settling/answered",
      "job/verifying/end",
      "job/closing/acknowledged",
      "step/identify",
      "step/precheck",
      "step/arm",
      "step/trial",
      "step/settle",
    ),
    "step/apply/before",
    ...act("backup"),
    ...act("transfer"),
    "step/transfer/before-last-chunk",
  ],
  ends: ["succeeded"],
};

export const CASES: readonly Case[] = [
  {
    name: "an order that comes too late",
    generations: ALL,
    points: around("job/armed/end"),
    deadlineMs: 12_000,
    meanwhile: { "job/staging/staged/after": ({ deadlinePasses }) => deadlinePasses() },
    ends: ["expired:DEADLINE_PASSED"],
  },
  {
    name: "an upload whose last chunk was announced and never left",
    generations: ALL,
    points: ["step/transfer/after-last-chunk"],
    speed: 200, // the device is waited for as long as a flash may take
    ends: ["succeeded"],
  },
  PLAIN,
  {
    name: "a device that is seen to go and to come back",
    generations: ALL,
    points: ["step/apply/after", ...around("step/return")],
    faults: [{ kind: "returns-late", afterSeconds: DARK_S, times: 3 }],
    ends: ["succeeded"],
  },
  { name: "a trial that is committed", generations: TRIALS, points: act("commit"), ends: ["succeeded"] },
  {
    name: "a legacy device whose boot nobody saw",
    generations: ["5.51"],
    points: act("restart"),
    meanwhile: {
      "step/transfer/after-act": async ({ camera }) => {
        await camera.until("runs the target", isBackOnTarget);
        camera.place({ kind: "returns-late", afterSeconds: DARK_S, times: 3 });
      },
    },
    ends: ["succeeded"],
  },
  {
    name: "a trial that fails",
    generations: TRIALS,
    points: act("rollback"),
    faults: [{ kind: "never-ready" }],
    speed: 200,
    ends: ["rolled_back:HEALTH_FAILED", "rolled_back:ROLLED_BACK"],
  },
  {
    name: "an answer that is lost",
    generations: TRIALS,
    points: around("job/executing/look", "job/observing/onTrial"),
    faults: [{ kind: "answer-lost" }],
    ends: ["succeeded"],
  },
  {
    // Caught in a real flash, the look would have to be faster than the device.
    name: "an upload of which only the last chunk may be missing",
    generations: ALL,
    points: around("job/observing/flashing"),
    killFirst: "step/transfer/after-last-chunk",
    speed: 200,
    ends: ["succeeded"],
  },
  {
    name: "an upload that a kill broke off",
    generations: ALL,
    points: around("job/observing/resend"),
    killFirst: "step/transfer/before-last-chunk",
    ends: ["succeeded"],
  },
  {
    name: "a new image that crashes as it starts, once",
    generations: BOOT_IDS,
    points: around("job/settling/look", "job/observing/park", "job/parked/wake"),
    faults: [{ kind: "crashes-on-boot" }],
    ends: ["succeeded"],
  },
  {
    name: "another device at its address after the restart",
    generations: TRIALS,
    points: around("job/settling/end"),
    faults: [{ kind: "wrong-serial", serial: "ACCC8EFFFFFF", from: "restart" }],
    ends: ["failed:DEVICE_REPLACED"],
  },
  {
    name: "power lost in trial",
    generations: TRIALS,
    points: around("job/verifying/look", "job/observing/end"),
    meanwhile: {
      "step/trial/before": async ({ camera }) => {
        camera.cutPower();
        camera.restorePower();
        const { from } = camera.blueprint;
        await camera.until("is back", ({ active, phase }) => active === from && phase === "ready");
      },
    },
    ends: ["rolled_back:ROLLED_BACK"],
  },
  {
    name: "an order after one whose outcome nobody knows",
    generations: BOOT_IDS,
    points: around("job/accepted/lookFirst"),
    faults: [{ kind: "never-returns" }],
    speed: 20_000, // a day of silence is over in seconds
    async beforehand({ camera, order, setSpeed }) {
      const { phase, outcomeCode } = await order();
      expect([phase, outcomeCode]).toEqual(["failed", "DEVICE_UNREACHABLE_AFTER_UPGRADE"]);
      await setSpeed(AGENT_SPEED); // from the next start on
      camera.clearFaults();
      camera.cutPower();
      camera.restorePower();
    },
    ends: ["succeeded"],
  },
  {
    name: "an order that the hub did not sign",
    generations: ALL,
    points: around("job/accepted/end"),
    given: ({ home }) => forgeOrderKeys(join(home.folder, "identity.json")),
    untouched: true,
    ends: ["failed:ORDER_SIGNATURE"],
  },
  {
    name: "a disk that is full of other things for a while",
    generations: ALL,
    points: around("job/staging/park", "job/parked/restage"),
    given: ({ folder }) => writeFile(fullPath(folder), ""),
    meanwhile: { "job/staging/park/before": ({ folder }) => rm(fullPath(folder)) },
    ends: ["succeeded"],
  },
  {
    name: "cancelled while it waits for space",
    generations: ALL,
    points: around("job/parked/end"),
    given: ({ folder }) => writeFile(fullPath(folder), ""),
    ordered: ({ cancelWhenParked }) => cancelWhenParked(),
    ends: ["cancelled:CANCELLED"],
  },
  {
    name: "an image that is damaged on the hub's disk",
    generations: ["12"],
    hardwareId: "9CF",
    points: around("job/staging/end"),
    given: ({ damageImageOnHub }) => damageImageOnHub(),
    untouched: true,
    ends: ["failed:IMAGE_CORRUPT"],
  },
  {
    name: "no room for the journal's reserve",
    generations: ALL,
    points: around("job/armed/park"),
    mostFileBytes: 8 * 2 ** 20,
    ends: ["succeeded"],
  },
  {
    name: "an image that is damaged on the site's disk",
    generations: ALL,
    points: around("job/executing/park"),
    meanwhile: {
      "step/identify/before": ({ home, camera }) =>
        flipByte(join(home.folder, "images", `${camera.digest()}.bin`)),
    },
    ends: ["succeeded"],
  },
  {
    name: "another device at its address before anything is sent",
    generations: ALL,
    points: around("job/executing/end"),
    meanwhile: {
      "job/armed/start/after": ({ camera }) => camera.place({ kind: "wrong-serial", serial: "ACCC8EFFFFFF" }),
    },
    untouched: true,
    ends: ["failed:DEVICE_WRONG"],
  },
];

/** These wait for a hub that cannot say what its publishers signed: all at once, before any other. */
export const WITHOUT_METADATA: Case = {
  name: "a hub without metadata for a while",
  generations: ALL,
  points: around("job/accepted/park", "job/parked/recheck"),
  meanwhile: { "job/accepted/park/before": ({ metadataIsBack }) => metadataIsBack() },
  ends: ["succeeded"],
};

function isBackOnTarget({
  active,
  target,
  phase,
}: {
  active: string;
  target: string;
  phase: string;
}): boolean {
  return active === target && phase === "ready";
}

/** The agent knows another hub's keys than the one that signs. */
async function forgeOrderKeys(path: string): Promise<void> {
  const identity = JSON.parse(await readFile(path, "utf8")) as { orderKeys: { publicKey: string }[] };
  for (const key of identity.orderKeys) {
    const bytes = Buffer.from(key.publicKey, "base64");
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    key.publicKey = bytes.toString("base64");
  }
  await writeFile(path, JSON.stringify(identity));
}
