import type { ImageFacts } from "@fyr/certs";
import type { Order, Outcome, Serial, TaskId } from "@fyr/protocol";
import { fakeClock } from "@fyr/runtime/testing";
import type { UpgradeSettings } from "../settings.ts";
import { FakeDevice, type DevicePlan } from "./device.ts";
import { FakeSite, imageFacts, type Troubles } from "./site.ts";

export const SERIAL = "ACCC8E000001" as Serial;

/** One upgrade under one trouble, and every way in which it may truly end. */
export interface Scenario {
  readonly name: string;
  readonly device: Omit<DevicePlan, "serial">;
  readonly target: string;
  readonly image?: Partial<ImageFacts>;
  readonly order?: Partial<Order>;
  readonly troubles?: Troubles;
  readonly settings?: Partial<UpgradeSettings>;
  /** Runs beside the upgrade; also after a restart of the agent. */
  readonly meanwhile?: (stage: Stage) => Promise<void>;
  readonly ends: readonly (Outcome | `${Outcome}:${string}`)[];
  /** Uploads that reach their end when nobody kills the agent. */
  readonly wholeUploads: number;
}

export interface Stage {
  readonly site: FakeSite;
  readonly device: FakeDevice;
  readonly taskId: TaskId;
  readonly clock: ReturnType<typeof fakeClock>;
}

export function stage(scenario: Scenario): Stage {
  const clock = fakeClock();
  const device = new FakeDevice(clock, { serial: SERIAL, ...scenario.device });
  const image = imageFacts(scenario.target, scenario.image);
  const { troubles = {}, settings = {} } = scenario;
  const site = new FakeSite({ clock, devices: [device], image, troubles: { ...troubles }, settings });
  const grant = site.grant({ serial: SERIAL, ...scenario.order });
  // Handed over once the store has it: a hub repeats a grant until the agent lists the job.
  site.grants.push(grant);
  return { site, device, taskId: grant.taskId, clock };
}

/** Plays a scenario to its end. `prepare` may set kill points before the agent starts. */
export async function play(scenario: Scenario, prepare: (site: FakeSite) => void = () => {}): Promise<Stage> {
  const on = stage(scenario);
  prepare(on.site);
  on.site.start();
  void scenario.meanwhile?.(on);
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
    device: { ...from12, faults: { saysYes: true } },
    target: NEW,
    ends: ["succeeded"],
    wholeUploads: 2,
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
