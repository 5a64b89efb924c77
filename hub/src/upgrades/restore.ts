import { FaultCodeName } from "@fyr/protocol";
import type { FaultCode, RestoreState, StepEvent } from "@fyr/protocol";
import type { TaskRecord } from "./task.ts";

/** How far the restore of a server's backup is, as its agent told; kept with what backs the outcome. */
export interface RestoreTold {
  readonly state: Exclude<RestoreState, "asked" | "overdue"> | null;
  readonly code: FaultCode | null;
}

const STATES = { begun: "running", lastChunk: "running", done: "done", failed: "failed" } as const;

export function withRestore(task: TaskRecord, { moment, code }: StepEvent): TaskRecord {
  const { restoreCode: _, ...evidence } = task.evidence;
  const failed = moment === "failed" && code !== undefined && { restoreCode: code };
  return { ...task, lastStep: "restore", evidence: { ...evidence, restore: STATES[moment], ...failed } };
}

export function restoreOf({ evidence }: Pick<TaskRecord, "evidence">): RestoreTold {
  const state = (["running", "done", "failed"] as const).find((each) => each === evidence["restore"]) ?? null;
  const code = FaultCodeName.safeParse(evidence["restoreCode"]);
  return { state, code: code.success ? code.data : null };
}
