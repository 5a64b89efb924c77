import type { KillPoint } from "@fyr/agent/testing";
import type { FaultInput, FaultKind, GenerationName } from "@fyr/simulator";
import { FOLDER } from "./agent-host.ts";
import type { World, WorldAgent } from "./cast.ts";
import type { FaultRates } from "./faults.ts";
import type { People } from "./people.ts";

/** Where an agent stands, and what can be done to it and around it there. */
export interface Scene {
  readonly world: World;
  readonly people: People;
  readonly agent: WorldAgent;
  after(seconds: number, act: () => void): void;
}

/** True: the agent's process ends there. */
type Turn = (scene: Scene) => boolean | void;

/** The situation in which something happens that otherwise hardly ever does. */
export interface Lead {
  /** Devices of one of these; of any when missing. */
  readonly generations?: readonly GenerationName[];
  /** Images with a part that may be broken off. */
  readonly largeImages?: boolean;
  readonly faults?: FaultRates;
  /** What each device is going to do wrong. */
  readonly troubles?: readonly FaultInput[];
  /** Orders end so long after they were given. */
  readonly deadlineS?: number;
  /** When an agent first comes to a point of its journal. */
  readonly turns?: Partial<Record<KillPoint, Turn>>;
}

/** They run a new image on trial, and it has to be committed. */
const TRIALS = ["9.80", "10.12", "11.11", "12", "13"] as const;
/** They name each boot. */
const BOOT_IDS = ["11.11", "12", "13"] as const;

/** In real seconds, longer than an order of `SHORT_S` may wait. */
const LONG_S = 90;
const SHORT_S = 60;

const dies: Turn = ({ agent: { host }, after }) => {
  host.stop("kill");
  after(2, () => void host.start());
  return true;
};

/** Somebody else takes all of the disk, for a while. */
const fills: Turn = ({ agent, after }) => {
  agent.host.disk.fill();
  after(LONG_S, () => agent.host.disk.clear());
};

/** Nothing passes between site and hub. */
const losesHub: Turn = ({ agent, after }) => {
  agent.host.line.partitioned = true;
  after(LONG_S, () => (agent.host.line.partitioned = false));
};

const pausesFor =
  (seconds: number): Turn =>
  ({ agent, after }) => {
    const resume = agent.host.pause();
    after(seconds, resume);
  };

const cancels: Turn = ({ people }) => people.cancelSomething();

/** When the hub has heard of the upload. */
const cancelsSoon: Turn = ({ people, after }) => after(1, () => people.cancelSomething());

const serials = ({ site }: WorldAgent): string[] => site.truth().map(({ serial }) => serial);

const losesHubPower: Turn = ({ agent, after }) => {
  for (const serial of serials(agent)) {
    agent.site.cutPower(serial);
    after(1, () => agent.site.restorePower(serial));
  }
};

const refusesLogins: Turn = ({ agent }) => {
  for (const serial of serials(agent)) agent.site.place(serial, { kind: "unauthorized" });
};

const rotsImages: Turn = ({ world, agent }) => {
  for (const { digest } of world.library.facts)
    if (agent.host.disk.flipBit(`${FOLDER}/images/${digest}.bin`)) world.stage.fired("imageRots");
};

/** The hub hears nothing and believes that days have passed. */
const hubGivesUp: Turn = ({ world, agent, after }) =>
  after(1, () => {
    agent.host.line.partitioned = true;
    world.hub.clock.offMs = 3 * 24 * 3_600_000;
    after(LONG_S, () => {
      agent.host.line.partitioned = false;
      world.hub.clock.offMs = 0;
    });
  });

/** Off the network for long enough to be seen, and for something else to happen meanwhile. */
const isLate = (afterSeconds: number): FaultInput => ({ kind: "returns-late", afterSeconds, times: 3 });

/** What leads to points of the journal whose names begin so. To all others, any upgrade does. */
const TO_POINTS: Readonly<Record<string, Lead>> = {
  "job/accepted/lookFirst": { generations: BOOT_IDS, troubles: [{ kind: "tells-new-version" }] },
  "job/accepted/end": { faults: { orderForged: 1 } },
  "job/accepted/park": { faults: { metadataMissing: 1 } },
  "job/parked/recheck": { faults: { metadataMissing: 1 } },
  "job/staging/park": { turns: { "job/accepted/verified/after": losesHub } },
  "job/parked/restage": { turns: { "job/accepted/verified/before": fills } },
  "job/parked/end": { deadlineS: SHORT_S, turns: { "job/accepted/verified/before": fills } },
  "job/staging/end": { faults: { imageDamaged: 1 } },
  "job/armed/park": { turns: { "job/accepted/verified/after": fills } },
  "job/armed/end": { deadlineS: SHORT_S, turns: { "job/accepted/verified/after": pausesFor(LONG_S) } },
  "job/executing/sent": { generations: TRIALS },
  "job/executing/look": { generations: TRIALS, troubles: [{ kind: "answer-lost" }] },
  "job/executing/park": { turns: { "step/identify/before": rotsImages } },
  "job/executing/end": { turns: { "job/armed/start/after": refusesLogins } },
  "job/settling/look": { generations: BOOT_IDS, troubles: [{ kind: "crashes-on-boot" }] },
  "job/settling/end": {
    generations: TRIALS,
    troubles: [{ kind: "wrong-serial", serial: "ACCC8EFFFFFF", from: "restart" }],
  },
  "job/verifying/look": { generations: TRIALS, turns: { "step/trial/before": losesHubPower } },
  "job/observing/resend": { turns: { "step/transfer/before-last-chunk": dies } },
  "job/observing/flashing": { turns: { "step/transfer/after-last-chunk": dies } },
  "job/observing/onTrial": { generations: TRIALS, troubles: [{ kind: "answer-lost" }] },
  "job/observing/park": { generations: BOOT_IDS, troubles: [{ kind: "crashes-on-boot" }] },
  "job/observing/end": { generations: TRIALS, turns: { "step/trial/before": losesHubPower } },
  "job/parked/wake": { generations: BOOT_IDS, troubles: [{ kind: "crashes-on-boot" }] },
  "step/apply/after": { troubles: [isLate(240)] },
  "step/return": { troubles: [isLate(240)] },
  "step/commit": { generations: TRIALS },
  "step/rollback": { generations: TRIALS, troubles: [{ kind: "never-ready" }] },
  "step/restart": { generations: ["5.51"], turns: { "step/transfer/after-act": pausesFor(20) } },
};

/** Troubles that only some devices have, or only in the middle of an upload. */
const TROUBLES: Readonly<Partial<Record<FaultKind, Lead>>> = {
  "power-cut-in-upload": { troubles: [{ kind: "power-cut-in-upload", atByte: 10_000 }] },
  "power-cut-in-flash": { troubles: [{ kind: "power-cut-in-flash", percent: 50 }] },
  "power-cut-on-trial": {
    generations: TRIALS,
    troubles: [{ kind: "power-cut-on-trial", afterSeconds: 10 }],
  },
  stall: { troubles: [{ kind: "stall", atByte: 10_000, realSeconds: 5 }] },
  slow: { troubles: [{ kind: "slow", bytesPerSecond: 50_000 }] },
  busy: { generations: TRIALS, troubles: [{ kind: "busy", times: 5 }] },
  "never-ready": { generations: TRIALS, troubles: [{ kind: "never-ready" }] },
  "crashes-on-boot": { generations: BOOT_IDS, troubles: [{ kind: "crashes-on-boot" }] },
  "tells-old-version": { troubles: [{ kind: "tells-old-version" }] },
  "returns-defaulted": { troubles: [{ kind: "returns-defaulted" }] },
  "returns-late": { troubles: [isLate(240)] },
  "never-returns": { troubles: [{ kind: "never-returns" }] },
  "rolls-back-later": {
    generations: TRIALS,
    troubles: [{ kind: "rolls-back-later", afterSeconds: 600 }],
  },
  "new-certificate": { generations: BOOT_IDS, troubles: [{ kind: "new-certificate" }] },
  "answers-200-but-refuses": { troubles: [{ kind: "answers-200-but-refuses" }] },
  "answers-500-but-flashes": { troubles: [{ kind: "answers-500-but-flashes" }] },
  "answer-withheld": { troubles: [{ kind: "answer-withheld" }] },
};

/** What leads to anything else that should happen sometimes. */
const TO_OTHERS: Readonly<Record<string, Lead>> = {
  "a lease ran out while a device was changed": {
    troubles: [isLate(1_200)],
    turns: { "step/apply/before": hubGivesUp },
  },
  "a cancel came after the intent": {
    troubles: [{ kind: "slow", bytesPerSecond: 20_000 }],
    turns: { "step/transfer/after-intent": cancels },
  },
  "cancel answered running": {
    largeImages: true,
    troubles: [{ kind: "slow", bytesPerSecond: 20_000 }],
    turns: { "step/transfer/after-intent": cancelsSoon },
  },
  "a cancel came after the point of no return": {
    troubles: [isLate(600)],
    turns: { "step/apply/before": cancels },
  },
  "a device went back to its old version": { generations: TRIALS, troubles: [{ kind: "never-ready" }] },
};

const POINT = "ended at ";
const TROUBLE = "device fault ";

/** Everything rare that has a lead of its own, beside the points of the journal. */
export const RARE: readonly string[] = [
  ...Object.keys(TO_OTHERS),
  ...Object.keys(TROUBLES).map((kind) => `${TROUBLE}${kind}`),
];

/** The point of the journal that an aim names; null when it names something else. */
export const pointOf = (aim: string): string | null =>
  aim.startsWith(POINT) ? aim.slice(POINT.length) : null;

/** What leads to a sometimes-property. */
export function leadTo(aim: string): Lead {
  const point = pointOf(aim);
  if (point === null) return TO_OTHERS[aim] ?? TROUBLES[aim.slice(TROUBLE.length) as FaultKind] ?? {};
  const [, lead = {}] =
    Object.entries(TO_POINTS).find(([begin]) => point.startsWith(`${begin}/`) || point === begin) ?? [];
  return lead;
}
