import type { Fault } from "@fyr/protocol";
import type { Evidence, FaultCode, JobMove, Outcome } from "@fyr/protocol";
import type { JobRecord, Park, StepRun } from "./records.ts";

/** What is written in the same transaction as the transition itself. */
interface Along {
  readonly job?: Partial<JobRecord>;
  readonly runs?: StepRun[];
}

/** How a state is left: along an edge of the job table, with what that edge carries. */
export type Exit = Along & Edge;

type Edge =
  | {
      readonly move: "end";
      readonly outcome: Outcome;
      readonly code: FaultCode | null;
      readonly evidence?: Evidence;
    }
  | { readonly move: "park"; readonly park: Park; readonly code?: FaultCode; readonly needsBytes?: number }
  | { readonly move: Exclude<JobMove, "end" | "park">; readonly code?: FaultCode };

export const end = (outcome: Outcome, code: FaultCode | null = null, evidence: Evidence = {}): Exit => ({
  move: "end",
  outcome,
  code,
  evidence,
});

/** What a fault carried, small and flat enough for an event. */
export function evidenceOf(fault: Fault): Evidence {
  const flat = Object.entries(fault.details).map(([key, value]) => [
    key.slice(0, 40),
    Array.isArray(value)
      ? value.join(" ").slice(0, 300)
      : typeof value === "string"
        ? value.slice(0, 300)
        : value,
  ]);
  return Object.fromEntries(flat) as Evidence;
}

/**
 * Ends a job that this attempt cannot bring further. What can never work is a failure; everything else goes back to
 * the hub, which knows when, whether and after whose help it is tried again.
 */
export function endBy(fault: Fault): Exit {
  return end(fault.retry === "permanent" ? "failed" : "given_back", fault.code, evidenceOf(fault));
}

export const giveBack = (code: FaultCode, evidence: Evidence = {}): Exit => end("given_back", code, evidence);
export const fail = (code: FaultCode, evidence: Evidence = {}): Exit => end("failed", code, evidence);

/** Ends after which it is certain that the device does not hold an image of ours in flight. */
const CERTAIN: readonly FaultCode[] = [
  "DEVICE_REPLACED",
  "DEVICE_DEFAULTED",
  "DEVICE_CHANGED",
  "DEVICE_REJECTED",
  "DEVICE_IMAGE_REFUSED",
  "DEVICE_RECOVERY_MODE",
  "ROLLBACK_FAILED",
  "FENCED",
];

/** Whether the next job on this device must look before anything else, because this one never learned the truth. */
export const leavesDoubt = (outcome: Outcome, code: FaultCode | null): boolean =>
  (outcome === "failed" || outcome === "given_back") && (code === null || !CERTAIN.includes(code));
