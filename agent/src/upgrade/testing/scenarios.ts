import type { ImageFacts } from "@fyr/certs";
import { Fault, type FaultCode, type Order, type Outcome, type Serial, type TaskId } from "@fyr/protocol";
import { fakeClock, type FakeClock } from "@fyr/runtime/testing";
import type { KillPoint } from "../kill-points.ts";
import type { UpgradeSettings } from "../settings.ts";
import { FakeDevice, type DevicePlan } from "./device.ts";
import { FakeSite, imageFacts, type Troubles } from "./site.ts";

export const SERIAL = "ACCC8E000001" as Serial;

/** Something that happens once, some time after the agent first came to a point. */
export interface Happening {
  readonly after: KillPoint;
  readonly delayMs?: number;
  readonly what: (stage: Stage) => void;
}

/** One upgrade under one trouble, and every way in which it may truly end. */
export interface Scenario {
  readonly name: string;
  readonly device: Omit<DevicePlan, "serial">;
  readonly target: string;
  readonly image?: Partial<ImageFacts>;
  readonly order?: Partial<Order>;
  readonly troubles?: Troubles;
  readonly settings?: Partial<UpgradeSettings>;
  readonly downMs?: number;
  /** How the device is when the order comes. */
  readonly given?: (stage: Stage) => void;
  readonly happens?: readonly Happening[];
  readonly ends: readonly (Outcome | `${Outcome}:${FaultCode}`)[];
  /** Uploads that reach their end when nobody kills the agent. */
  readonly wholeUploads: number;
  /** Killed here even when undisturbed: for what only a restart shows. */
  readonly killAt?: KillPoint;
}

export interface Stage {
  readonly site: FakeSite;
  readonly device: FakeDevice;
  readonly taskId: TaskId;
  readonly clock: FakeClock;
}

export function stage(scenario: Scenario): Stage {
  const clock = fakeClock();
  const device = new FakeDevice(clock, { serial: SERIAL, ...scenario.device });
  const image = imageFacts(scenario.target, scenario.image);
  const { troubles = {}, settings = {}, downMs = 0 } = scenario;
  const site = new FakeSite({ clock, devices: [device], image, troubles: { ...troubles }, settings, downMs });
  const grant = site.grant({ serial: SERIAL, ...scenario.order });
  site.grants.push(grant);
  const on = { site, device, taskId: grant.taskId, clock };
  scenario.given?.(on);
  site.onReached = (point) => {
    for (const { after, delayMs = 0, what } of scenario.happens ?? []) {
      if (after === point) clock.after(delayMs, () => what(on));
    }
  };
  return on;
}

/** Plays a scenario to its end, killing the agent at the scenario's own point and at those named. */
export async function play(scenario: Scenario, ...killAt: readonly string[]): Promise<Stage> {
  const on = stage(scenario);
  for (const point of [scenario.killAt, ...killAt]) if (point) on.site.killAt.add(point);
  on.site.start();
  await on.site.runToEnd();
  return on;
}

const NEW = "12.11.77";

/** The plain upgrade in every generation, by the version that a device comes from. */
export const GENERATIONS: readonly Scenario[] = [
  ["legacy to legacy", "5.40.9", "5.51.7"],
  ["legacy to firmware management", "6.50.5", "8.40.3"],
  ["9.80", "9.80.2", "9.80.3"],
  ["10.12", "9.80.3", "10.12.250"],
  ["11.11", "10.12.250", "11.11.85"],
  ["12", "11.11.85", NEW],
  ["13", NEW, "13.0.33"],
].map(([name = "", version = "", target = ""]) => ({
  name,
  device: { version },
  target,
  ends: ["succeeded"],
  wholeUploads: 1,
}));

const from12 = { version: "12.2.41" };

export const TROUBLES: readonly Scenario[] = [
  {
    name: "power lost while flashing",
    device: { ...from12, faults: { powerCutAfterMs: 4_000 } },
    target: NEW,
    ends: ["succeeded"],
    wholeUploads: 2,
  },
  {
    name: "power lost while flashing, on a legacy device",
    device: { version: "5.40.9", faults: { powerCutAfterMs: 4_000 } },
    target: "5.51.7",
    ends: ["succeeded"],
    wholeUploads: 2,
  },
  {
    name: "power lost in trial",
    device: { ...from12, faults: { powerCutInTrialMs: 10 } },
    target: NEW,
    ends: ["rolled_back", "succeeded"],
    wholeUploads: 1,
  },
  {
    name: "sick in trial",
    device: { ...from12, faults: { sick: true } },
    target: NEW,
    ends: ["rolled_back:HEALTH_FAILED", "rolled_back:ROLLED_BACK"],
    wholeUploads: 1,
  },
  {
    name: "answer lost",
    device: { ...from12, faults: { answerLost: true } },
    target: NEW,
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "says 500 and flashes",
    device: { ...from12, faults: { saysError: true } },
    target: NEW,
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "says yes and does nothing",
    device: { ...from12, faults: { saysYes: 1 } },
    target: NEW,
    ends: ["succeeded"],
    wholeUploads: 2,
  },
  {
    name: "says yes and does nothing, again and again",
    device: { ...from12, faults: { saysYes: 9 } },
    target: NEW,
    ends: ["given_back:DEVICE_REJECTED"],
    wholeUploads: 3,
  },
  {
    name: "a line that breaks for a moment while a slow legacy device flashes",
    device: { version: "5.40.9", lingersMs: 180_000 },
    target: "5.51.7",
    happens: [
      { after: "step/transfer/after-act", delayMs: 30_000, what: ({ device }) => (device.state = "off") },
      { after: "step/transfer/after-act", delayMs: 36_000, what: ({ device }) => (device.state = "up") },
    ],
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "stops taking the image half-way",
    device: { ...from12, faults: { stalls: 1 } },
    target: NEW,
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "never takes a whole image",
    device: { ...from12, faults: { stalls: 9 } },
    target: NEW,
    ends: ["given_back:TRANSFER_STALLED"],
    wholeUploads: 0,
  },
  {
    name: "takes the image and says nothing",
    device: { ...from12, faults: { keepsSilent: true } },
    target: NEW,
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "boots and boots",
    device: { ...from12, faults: { loops: true } },
    target: NEW,
    ends: ["failed:DEVICE_RECOVERY_MODE"],
    wholeUploads: 1,
  },
  {
    name: "cut on the way",
    device: { ...from12, faults: { cuts: 2 } },
    target: NEW,
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "never returns",
    device: { ...from12, faults: { neverReturns: true } },
    settings: { giveUpMs: 3 * 3_600_000 },
    target: NEW,
    ends: ["failed:DEVICE_UNREACHABLE_AFTER_UPGRADE"],
    wholeUploads: 1,
  },
  {
    name: "shows a new key",
    device: { ...from12, faults: { newKey: true } },
    target: NEW,
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "loses its settings",
    device: { ...from12, faults: { wiped: true } },
    target: NEW,
    ends: ["given_back:DEVICE_DEFAULTED"],
    wholeUploads: 1,
  },
  {
    name: "commit refused at first",
    device: { ...from12, faults: { commitFails: 3 } },
    target: NEW,
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "commit refused for good",
    device: { ...from12, faults: { commitFails: 1000 } },
    target: NEW,
    ends: ["rolled_back:COMMIT_FAILED"],
    wholeUploads: 1,
  },
  {
    name: "lies about its version",
    device: { ...from12, faults: { lies: true } },
    target: NEW,
    ends: ["failed:DEVICE_UNVERIFIED"],
    wholeUploads: 1,
  },
];

const HOUR = 3_600_000;
/** When the fake clock begins. */
const START = Date.UTC(2026, 0, 1);

const cancel = ({ site, taskId }: Stage) => void site.commands.push(site.command(taskId, "cancel"));
const undo = ({ site, taskId }: Stage) => void site.commands.push(site.command(taskId, "undo"));
const fence = ({ site, taskId }: Stage) => {
  site.fences.push({ taskId, currentEpoch: 2 });
};

/** A scenario as far as it differs from its neighbours. */
type Case = Partial<Scenario> & Pick<Scenario, "name">;

/** Refused, or not needed, before the first byte. */
const REFUSED: readonly Case[] = [
  { name: "at target", device: { version: NEW }, ends: ["skipped:UPGRADE_AT_TARGET"] },
  {
    name: "made newer by someone else",
    device: from12,
    happens: [{ after: "job/accepted/verified/after", what: ({ device }) => (device.active = "13.0.33") }],
    ends: ["skipped:DEVICE_NEWER"],
  },
  { name: "an order to go back", device: { version: "13.0.33" }, ends: ["failed:IMAGE_DOWNGRADE"] },
  { name: "wrong model", device: { ...from12, model: "Q6135-LE" }, ends: ["failed:IMAGE_WRONG_MODEL"] },
  { name: "wrong hardware", device: { ...from12, hardwareId: "111" }, ends: ["failed:IMAGE_WRONG_HARDWARE"] },
  {
    name: "a step jumped over",
    device: { version: "9.80.3" },
    image: { mandatorySteps: ["10.12", "11.11"] },
    ends: ["given_back:IMAGE_PATH_BLOCKED"],
  },
  {
    name: "not from this version",
    device: from12,
    image: { upgradeableFrom: ["11.11"] },
    ends: ["given_back:IMAGE_PATH_BLOCKED"],
  },
  {
    name: "someone else's trial",
    device: from12,
    given: ({ device }) => Object.assign(device, { committed: false, inactive: "12.1.60" }),
    ends: ["given_back:DEVICE_UNCOMMITTED"],
  },
  {
    name: "factory defaults",
    device: from12,
    given: ({ device }) => (device.needsSetup = true),
    ends: ["given_back:DEVICE_DEFAULTED"],
  },
  {
    name: "wrong password",
    device: from12,
    given: ({ device }) => (device.passwordOk = false),
    ends: ["given_back:DEVICE_DENIED"],
  },
  {
    name: "another key",
    device: from12,
    given: ({ device }) => (device.keyChanged = true),
    ends: ["given_back:DEVICE_KEY_CHANGED"],
  },
  {
    name: "switched off",
    device: from12,
    given: ({ device }) => (device.state = "off"),
    ends: ["given_back:DEVICE_UNREACHABLE"],
  },
  {
    name: "another device at its address",
    device: from12,
    given: ({ device }) => (device.serial = "ACCC8E0000FF" as Serial),
    ends: ["failed:DEVICE_WRONG"],
  },
  {
    name: "swapped after the backup",
    device: from12,
    happens: [
      { after: "step/backup/after-act", what: ({ device }) => (device.serial = "ACCC8E0000FF" as Serial) },
    ],
    ends: ["failed:DEVICE_WRONG"],
  },
  {
    name: "order signed by nobody",
    device: from12,
    troubles: { verify: new Fault("ORDER_SIGNATURE") },
    ends: ["failed:ORDER_SIGNATURE"],
  },
  {
    name: "image corrupt",
    device: from12,
    troubles: { stage: new Fault("IMAGE_CORRUPT") },
    ends: ["failed:IMAGE_CORRUPT"],
  },
  {
    name: "no backup where one is demanded",
    device: { ...from12, faults: { backupFails: 10 } },
    order: { backup: "required" },
    ends: ["given_back:BACKUP_FAILED"],
  },
  { name: "too late", device: from12, order: { deadline: START - 1 }, ends: ["given_back:DEADLINE_PASSED"] },
  {
    name: "its last window missed",
    device: from12,
    order: { windows: [{ opensAt: START - 2 * HOUR, closesAt: START + 60_000 }] },
    ends: ["given_back:WINDOW_MISSED"],
  },
  {
    name: "image refused by the device",
    device: { ...from12, faults: { refuses: 9 } },
    ends: ["failed:DEVICE_IMAGE_REFUSED", "given_back:DEVICE_REJECTED"],
    wholeUploads: 1,
  },
  {
    name: "cancelled while it waits for its window",
    device: from12,
    order: { windows: [{ opensAt: START + HOUR, closesAt: START + 3 * HOUR }] },
    happens: [{ after: "job/armed/park/after", delayMs: 60_000, what: cancel }],
    ends: ["cancelled:CANCELLED"],
  },
  {
    name: "cancelled while the image is sent",
    device: from12,
    happens: [{ after: "step/transfer/after-intent", delayMs: 1_000, what: cancel }],
    ends: ["cancelled:CANCELLED"],
  },
  {
    name: "cancelled while the image is sent, over a line that does not notice",
    device: { ...from12, faults: { deaf: true } },
    happens: [{ after: "step/transfer/after-intent", delayMs: 1_000, what: cancel }],
    ends: ["cancelled:CANCELLED"],
  },
  {
    name: "cancelled before it came",
    device: from12,
    given: cancel,
    ends: ["cancelled:CANCELLED"],
  },
  {
    name: "fenced while the image is sent",
    device: from12,
    happens: [{ after: "step/transfer/after-intent", delayMs: 1_000, what: fence }],
    ends: ["given_back:FENCED"],
  },
];

export const REFUSALS = REFUSED.map((scenario): Scenario => ({
  target: NEW,
  device: from12,
  wholeUploads: 0,
  ends: [],
  ...scenario,
}));

/** Waits for something, and then goes on. */
const WAITED: readonly Case[] = [
  {
    name: "a window in an hour",
    order: { windows: [{ opensAt: START + HOUR, closesAt: START + 3 * HOUR }] },
  },
  {
    name: "a window that closes while the image is sent",
    device: { ...from12, uploadMs: 1_200_000 },
    order: {
      windows: [
        { opensAt: START - HOUR, closesAt: START + 13 * 60_000 },
        { opensAt: START + 5 * HOUR, closesAt: START + 8 * HOUR },
      ],
    },
  },
  {
    name: "the clock to be certain",
    order: { windows: [{ opensAt: START - HOUR, closesAt: START + 9 * HOUR }] },
    troubles: { uncertaintyMs: Number.POSITIVE_INFINITY },
    happens: [
      {
        after: "job/accepted/park/after",
        delayMs: 90_000,
        what: ({ site }) => (site.troubles.uncertaintyMs = 50),
      },
    ],
  },
  {
    name: "the metadata",
    troubles: { verify: new Fault("HUB_UNREACHABLE") },
    happens: [
      {
        after: "job/accepted/park/after",
        delayMs: 90_000,
        what: ({ site }) => (site.troubles.verify = null),
      },
    ],
  },
  {
    name: "the image",
    troubles: { stage: new Fault("IMAGE_UNAVAILABLE") },
    happens: [
      { after: "job/staging/park/after", delayMs: 90_000, what: ({ site }) => (site.troubles.stage = null) },
    ],
  },
  {
    name: "space on the disk",
    troubles: { stage: new Fault("DISK_FULL"), freeBytes: 1_000_000 },
    happens: [
      {
        after: "job/staging/park/after",
        delayMs: 90_000,
        what: ({ site }) => Object.assign(site.troubles, { stage: null, freeBytes: 1e10 }),
      },
    ],
  },
  {
    name: "a device that is busy",
    device: { ...from12, faults: { busy: 1 } },
    wholeUploads: 2,
  },
  {
    name: "a backup at the second try",
    device: { ...from12, faults: { backupFails: 1 } },
    order: { backup: "required" },
  },
  {
    name: "a fence that comes too late",
    happens: [{ after: "step/transfer/after-last-chunk", delayMs: 500, what: fence }],
    // Killed right there, the device never got the last bytes: nothing more is sent then.
    ends: ["succeeded", "given_back:FENCED"],
  },
  {
    name: "a wish to cancel that comes too late",
    happens: [{ after: "step/transfer/after-last-chunk", delayMs: 500, what: cancel }],
  },
];

export const WAITS = WAITED.map((scenario): Scenario => ({
  target: NEW,
  device: from12,
  wholeUploads: 1,
  ends: ["succeeded"],
  ...scenario,
}));

/** What only shows when the agent was away, or was not the first. */
export const HANDOVERS: readonly Scenario[] = [
  {
    name: "a legacy device that booted unseen",
    device: { version: "5.40.9" },
    target: "5.51.7",
    downMs: 180_000,
    killAt: "step/transfer/after-act",
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "a 9.80 that booted unseen",
    device: { version: "9.80.2" },
    target: "9.80.3",
    downMs: 180_000,
    killAt: "step/transfer/after-act",
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "killed in the middle of sending",
    device: from12,
    target: NEW,
    killAt: "step/transfer/before-last-chunk",
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "killed in the middle of sending, and cancelled meanwhile",
    device: from12,
    target: NEW,
    killAt: "step/transfer/before-last-chunk",
    happens: [{ after: "job/executing/look/after", what: cancel }],
    ends: ["cancelled:CANCELLED"],
    wholeUploads: 0,
  },
  {
    name: "another agent's order, untouched",
    device: from12,
    target: NEW,
    order: { epoch: 2, lookFirst: true },
    ends: ["succeeded"],
    wholeUploads: 1,
  },
  {
    name: "another agent's trial",
    device: from12,
    target: NEW,
    order: { epoch: 2, lookFirst: true },
    given: ({ device }) => Object.assign(device, { active: NEW, inactive: "12.2.41", committed: false }),
    ends: ["succeeded"],
    wholeUploads: 0,
  },
  {
    name: "another agent's success",
    device: from12,
    target: NEW,
    order: { epoch: 2, lookFirst: true },
    given: ({ device }) => Object.assign(device, { active: NEW, inactive: "12.2.41" }),
    ends: ["skipped:UPGRADE_AT_TARGET"],
    wholeUploads: 0,
  },
  {
    name: "undone in trial",
    device: { ...from12, startsMs: 60_000 },
    target: NEW,
    happens: [{ after: "step/trial/before", delayMs: 1_000, what: undo }],
    ends: ["rolled_back:CANCELLED"],
    wholeUploads: 1,
  },
  {
    name: "replaced while flashing",
    device: from12,
    target: NEW,
    happens: [
      {
        after: "step/transfer/after-last-chunk",
        delayMs: 3_000,
        what: ({ device }) => (device.serial = "ACCC8E0000FF" as Serial),
      },
    ],
    ends: ["failed:DEVICE_REPLACED"],
    wholeUploads: 1,
  },
  {
    name: "password changed while flashing",
    device: from12,
    target: NEW,
    happens: [
      {
        after: "step/transfer/after-last-chunk",
        delayMs: 3_000,
        what: ({ device }) => (device.passwordOk = false),
      },
    ],
    ends: ["given_back:DEVICE_DENIED"],
    wholeUploads: 1,
  },
  {
    name: "someone else's version while flashing",
    device: { ...from12, faults: { powerCutAfterMs: 1_000 } },
    target: NEW,
    happens: [
      {
        after: "step/transfer/after-last-chunk",
        delayMs: 33_000,
        what: ({ device }) => (device.active = "12.5.40"),
      },
    ],
    ends: ["given_back:DEVICE_CHANGED"],
    wholeUploads: 1,
  },
];
