import { createHash } from "node:crypto";
import type { ImageFacts } from "@fyr/certs";
import {
  CHAIN_START,
  Fault,
  isTerminal,
  TaskId,
  type DeviceId,
  type Digest,
  type FaultCode,
  type Order,
  type UpgradeId,
} from "@fyr/protocol";
import { refusal } from "../fleet/recommend.ts";
import type { DeviceRecord } from "../fleet/store.ts";
import { evaluate } from "./evaluate.ts";
import { move } from "./move.ts";
import { NO_TRIES, TIMES, type TaskRecord } from "./task.ts";

export interface Target {
  readonly deviceId: DeviceId;
  readonly digest: Digest;
}

export interface PlanFacts {
  readonly now: number;
  readonly upgradeId: UpgradeId;
  readonly backup: Order["backup"];
  readonly deadline: number;
  readonly devices: ReadonlyMap<DeviceId, DeviceRecord>;
  readonly open: ReadonlyMap<DeviceId, TaskRecord>;
  readonly image: (digest: Digest) => ImageFacts | null;
  readonly newId: () => string;
}

export interface Plan {
  readonly tasks: readonly TaskRecord[];
  /** Waiting tasks that the new ones take the place of. */
  readonly superseded: readonly { readonly before: TaskRecord; readonly after: TaskRecord }[];
}

/**
 * Plans an upgrade: all targets or none.
 *
 * @throws Fault naming the first device that cannot be upgraded as wished and why: NOT_FOUND, IMAGE_UNKNOWN,
 * IMAGE_WITHDRAWN, IMAGE_WRONG_MODEL, IMAGE_WRONG_HARDWARE, IMAGE_DOWNGRADE, IMAGE_PATH_BLOCKED, UPGRADE_AT_TARGET,
 * UPGRADE_ACTIVE, DEADLINE_PASSED
 */
export function planUpgrade(targets: readonly Target[], facts: PlanFacts): Plan {
  if (facts.deadline <= facts.now) throw new Fault("DEADLINE_PASSED");
  const planned = new Set<DeviceId>();
  const superseded: { before: TaskRecord; after: TaskRecord }[] = [];
  const tasks = targets.map((target) => {
    const refuse = (code: FaultCode) => new Fault(code, { deviceId: target.deviceId });
    const device = facts.devices.get(target.deviceId);
    if (!device) throw refuse("NOT_FOUND");
    if (planned.has(device.id)) throw refuse("UPGRADE_ACTIVE");
    planned.add(device.id);
    const image = facts.image(target.digest);
    if (!image) throw refuse("IMAGE_UNKNOWN");
    const reason = refusal(image, device);
    if (reason !== null) throw refuse(reason);
    const open = facts.open.get(device.id);
    if (open)
      superseded.push({
        before: open,
        after: replaced(open, target.digest, facts.now) ?? fail(refuse("UPGRADE_ACTIVE")),
      });
    return newTask(device, image, facts);
  });
  return { tasks, superseded };
}

function fail(fault: Fault): never {
  throw fault;
}

/** A task that nobody has, and that wants another image, gives way; null when it may not. */
function replaced(open: TaskRecord, digest: Digest, now: number): TaskRecord | null {
  if (open.digest === digest || open.jobOpen) return null;
  const after = move(open, "supersede", now);
  return isTerminal(after.phase) ? { ...after, changedAt: now } : null;
}

function newTask(device: DeviceRecord, image: ImageFacts, facts: PlanFacts): TaskRecord {
  const { now, upgradeId, backup, deadline } = facts;
  const { orgId, id: deviceId, serial, model, agentId, version: fromVersion } = device;
  return freshTask({
    ...{ orgId, id: TaskId.parse(facts.newId()), upgradeId, deviceId, serial, server: null, model, agentId },
    ...{ fromVersion, image, backup, windows: [], deadline, now, dedupe: dedupeOf(device, image.digest) },
  });
}

type Asked = Pick<TaskRecord, "orgId" | "id" | "upgradeId" | "deviceId" | "serial" | "server" | "model"> &
  Pick<TaskRecord, "agentId" | "fromVersion" | "backup" | "windows" | "deadline" | "dedupe"> & {
    readonly image: ImageFacts;
    readonly now: number;
  };

/** A task that nobody has had, in the phase that its holds give it. */
export function freshTask({ image, now, ...asked }: Asked): TaskRecord {
  const which = { digest: image.digest, sizeBytes: image.sizeBytes, toVersion: image.version };
  const job = {
    epoch: 0,
    attempt: 0,
    jobOpen: false,
    jobState: null,
    leaseUntil: null,
    ackedSeq: 0,
    seqHigh: 0,
  };
  const past = {
    lastHash: CHAIN_START,
    lastStep: null,
    pastNoReturn: false,
    lookFirst: false,
    tries: NO_TRIES,
  };
  const end = { outcomeCode: null, evidence: {}, reconcilingSince: null, darkSince: null, endedAt: null };
  const serverOnly = { unavailableSince: null, attention: null };
  const times = { createdAt: now, changedAt: now, wakeAt: now, version: 1 };
  const made: TaskRecord = {
    ...{ ...asked, ...which, ...job, ...past, ...end, ...serverOnly, ...times },
    ...{ phase: "pending", holds: [], cancel: "none" },
  };
  return evaluate(made, { now, deviceVersion: asked.fromVersion, imageFault: null });
}

/** Two open tasks of one device for one image are one wish too many. */
const dedupeOf = ({ orgId, serial }: DeviceRecord, digest: Digest): string =>
  createHash("sha256").update(`${orgId} ${serial} ${digest}`).digest("hex");

export const defaultDeadline = (now: number): number => now + TIMES.defaultDeadlineMs;
