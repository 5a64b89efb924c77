import { isTerminal, type Device, type Task } from "@fyr/protocol";

/** One device as the demo shows it. */
export interface Row {
  readonly serial: string;
  readonly model: string;
  readonly from: string;
  /** Null when there is no newer AXIS OS for it. */
  readonly to: string | null;
  /** What is happening, in a word or two. */
  readonly doing: string;
  readonly percent: number;
  readonly leftMs: number | null;
  readonly over: boolean;
}

const WORDS: Partial<Record<Task["phase"], string>> = {
  pending: "waits",
  ready: "waits for the agent",
  leased: "prepares",
  running: "upgrades",
  reconciling: "is being looked at",
  succeeded: "done",
  rolled_back: "rolled back",
};

function doing({ phase, progress, holds, outcomeCode, lastStep }: Task): string {
  if (phase === "failed") return `failed: ${outcomeCode ?? "no reason given"}`;
  if (phase === "pending" && holds[0]) return `waits: ${holds[0].reason}`;
  if (phase === "leased" && progress) return progress.step ?? progress.state;
  if (phase === "running") return progress?.step ?? lastStep ?? "upgrades";
  return WORDS[phase] ?? phase;
}

function rowOf(device: Device, task: Task | undefined): Row {
  const { serial, model } = device;
  if (!task) {
    const to = device.recommended?.version ?? null;
    return {
      serial,
      model,
      from: device.version,
      to,
      doing: to ? "found" : "up to date",
      percent: 0,
      leftMs: null,
      over: !to,
    };
  }
  const over = isTerminal(task.phase);
  return {
    serial,
    model,
    from: task.fromVersion,
    to: task.toVersion,
    doing: doing(task),
    percent: task.phase === "succeeded" ? 100 : (task.progress?.percent ?? 0),
    leftMs: over ? null : (task.progress?.leftMs ?? null),
    over,
  };
}

/** Every device with what is known of its upgrade, in the order of serials. */
export function rowsOf(devices: readonly Device[], tasks: readonly Task[]): Row[] {
  const byDevice = new Map(tasks.map((task) => [task.deviceId, task]));
  return devices
    .map((device) => rowOf(device, byDevice.get(device.id)))
    .sort((a, b) => (a.serial < b.serial ? -1 : 1));
}
