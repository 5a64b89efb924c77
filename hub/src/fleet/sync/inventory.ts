import type { AxisVersion, DeviceId, DeviceReport, FaultCode, InventoryDelta } from "@fyr/protocol";
import { evaluate, lapse } from "../../upgrades/evaluate.ts";
import { withoutHold } from "../../upgrades/holds.ts";
import type { TaskRecord } from "../../upgrades/task.ts";
import { wakeAt } from "../../upgrades/wake.ts";
import type { DeviceRecord } from "../store.ts";
import type { Draft } from "./draft.ts";

export interface InventoryContext {
  readonly now: number;
  readonly newId: () => DeviceId;
  readonly imageFault: (digest: TaskRecord["digest"]) => FaultCode | null;
}

/**
 * Takes what an agent says of its devices. Whoever reports a serial owns the device from now on, and what waits for
 * it; a device that is gone is kept and marked unreachable.
 *
 * @returns true when the hub now holds the inventory that the agent has; false when it wants the whole of it
 */
export function takeInventory(
  draft: Draft,
  hash: string,
  delta: InventoryDelta | undefined,
  context: InventoryContext,
): boolean {
  if (!delta) return draft.link.inventoryHash === hash;
  for (const report of delta.devices) takeDevice(draft, report, context);
  const named = new Set<string>(delta.devices.map(({ serial }) => serial));
  const gone = delta.whole
    ? draft.devices().filter(({ serial }) => !named.has(serial))
    : delta.gone.map((serial) => draft.device(serial)).filter((device) => device !== undefined);
  for (const device of gone) {
    if (device.agentId === draft.link.agentId && device.trouble !== "unreachable") {
      draft.setDevice({ ...device, trouble: "unreachable" });
    }
  }
  // A change makes a whole only of something that was whole.
  const known = delta.whole || draft.link.inventoryHash !== null;
  if (known && draft.link.inventoryHash !== delta.hash) draft.setLink({ inventoryHash: delta.hash });
  return draft.link.inventoryHash === hash;
}

function takeDevice(draft: Draft, report: DeviceReport, context: InventoryContext): void {
  const { orgId, agentId, folderId } = draft.link;
  const before = draft.device(report.serial);
  const device: DeviceRecord = {
    ...report,
    orgId,
    id: before?.id ?? context.newId(),
    agentId,
    presentAt: context.now,
    folderId: before?.folderId ?? draft.recordedIn(report.serial) ?? folderId,
  };
  draft.setDevice(device);
  if (!before) return;
  const task = draft.openTaskOf(before);
  if (before.version !== report.version && !task?.jobOpen)
    noteDrift(draft, before, report.version, context.now);
  if (task) followDevice(draft, task, before, device, context);
}

/** Somebody else changed the version: nobody here asked for it. */
function noteDrift({ link, written }: Draft, before: DeviceRecord, version: AxisVersion, now: number): void {
  written.audit.push({
    ...{ orgId: link.orgId, at: now, actor: `agent:${link.agentId}`, action: "device.version_changed" },
    ...{ object: before.id, before: { version: before.version }, after: { version } },
  });
}

/** What a task makes of news about its device. */
function followDevice(
  draft: Draft,
  task: TaskRecord,
  before: DeviceRecord,
  device: DeviceRecord,
  context: InventoryContext,
): void {
  const { now } = context;
  const moved = withOwner(task, device, now);
  const answered =
    before.trouble !== null && device.trouble === null ? withoutHold(moved, "credentials") : moved;
  const replanned = before.version === device.version ? answered : withoutHold(answered, "dependency");
  const queued = replanned.phase === "pending" || replanned.phase === "ready";
  const facts = { now, deviceVersion: device.version, imageFault: context.imageFault(task.digest) };
  const judged = queued ? evaluate(replanned, facts) : replanned;
  const same =
    judged.phase === task.phase &&
    judged.agentId === task.agentId &&
    judged.holds.length === task.holds.length;
  if (!same) draft.setTask({ ...judged, wakeAt: wakeAt(judged, now), changedAt: now });
}

/** The task goes with its device, once the agent that has it can be counted out. */
function withOwner(task: TaskRecord, { agentId }: DeviceRecord, now: number): TaskRecord {
  if (task.agentId === agentId) return task;
  if (!task.jobOpen) return { ...task, agentId };
  const counted = task.leaseUntil !== null && task.leaseUntil > now;
  return counted ? task : { ...lapse(task, now), jobOpen: false, agentId };
}
