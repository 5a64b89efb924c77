import type { AgentId, FaultCode, Grant } from "@fyr/protocol";
import type { OrderSigner } from "../../ports.ts";
import { evaluate } from "../../upgrades/evaluate.ts";
import { granted, isGrantable, orderOf } from "../../upgrades/grant.ts";
import { leaseUntil } from "../../upgrades/lease.ts";
import { TIMES, type TaskRecord } from "../../upgrades/task.ts";
import { wakeAt } from "../../upgrades/wake.ts";
import type { Draft } from "./draft.ts";

export interface GrantContext {
  readonly now: number;
  readonly leaseMs: number;
  readonly orders: OrderSigner;
  readonly imageFault: (digest: TaskRecord["digest"]) => FaultCode | null;
}

/** Doubt comes first: a device of which nobody knows what it runs must not wait behind those that only wait. */
const inDoubtFirst = (a: TaskRecord, b: TaskRecord): number =>
  Number(b.phase === "reconciling") - Number(a.phase === "reconciling");

/**
 * Gives out as much as the agent has room for.
 *
 * @param again grants that never arrived: the same epoch once more, under a new order number
 */
export function giveGrants(
  draft: Draft,
  again: readonly TaskRecord[],
  capacity: number,
  context: GrantContext,
): Grant[] {
  const grants = again.slice(0, capacity).map((task) => giveAgain(draft, task, context));
  for (const task of draft.tasks().sort(inDoubtFirst)) {
    if (grants.length >= capacity) break;
    if (again.includes(task) || task.jobOpen) continue;
    const grant = giveGrant(draft, task, context);
    if (grant) grants.push(grant);
  }
  return grants;
}

function giveAgain(draft: Draft, task: TaskRecord, context: GrantContext): Grant {
  const leased = { ...task, leaseUntil: leaseUntil(task, context) };
  draft.setTask({ ...leased, wakeAt: wakeAt(leased, context.now) });
  return sealed(draft, leased, context);
}

function giveGrant(draft: Draft, task: TaskRecord, context: GrantContext): Grant | undefined {
  const facts = { now: context.now, deviceVersion: null, imageFault: context.imageFault(task.digest) };
  const judged = evaluate(task, facts);
  if (!isGrantable(judged, context.now)) {
    if (judged.phase !== task.phase) draft.setTask(judged);
    return undefined;
  }
  const next = granted(judged, context);
  draft.setTask(next);
  return sealed(draft, next, context);
}

/** Numbers rise with the wall clock too, so that a hub restored from a backup does not repeat them. */
function sealed(draft: Draft, task: TaskRecord, { now, orders }: GrantContext): Grant {
  const agentId: AgentId = draft.link.agentId;
  const sequence = Math.max(draft.link.orderSeq + 1, now);
  draft.setLink({ orderSeq: sequence });
  const order = orders.sign({ agentId, sequence, expiresMs: now + TIMES.orderMs, body: orderOf(task, now) });
  const { id: taskId, epoch, toVersion: targetVersion, sizeBytes } = task;
  const kind = task.server === null ? {} : { kind: "server" as const };
  return { ...kind, order, taskId, epoch, targetVersion, sizeBytes };
}
