import { Fault, type Evidence, type FaultCode, type JobMove, type Outcome } from "@fyr/protocol";
import { evidenceOf } from "../upgrade/exits.ts";
import type { Park, ServerJobRecord } from "./records.ts";

/** How a state is left: along an edge of the job table, with what that edge carries. */
export type Exit = { readonly job?: Partial<ServerJobRecord> } & (
  | {
      readonly move: "end";
      readonly outcome: Outcome;
      readonly code: FaultCode | null;
      readonly evidence?: Evidence;
    }
  | { readonly move: "park"; readonly park: Park; readonly code?: FaultCode }
  | { readonly move: Exclude<JobMove, "end" | "park">; readonly code?: FaultCode }
);

export const end = (outcome: Outcome, code: FaultCode | null = null, evidence: Evidence = {}): Exit => ({
  move: "end",
  outcome,
  code,
  evidence,
});

/** What can never work is a failure; everything else goes back to the hub, where it can be withdrawn again. */
export const endBy = (fault: Fault, more: Evidence = {}): Exit =>
  end(fault.retry === "permanent" ? "failed" : "given_back", fault.code, { ...evidenceOf(fault), ...more });

export const endWith = (code: FaultCode, evidence: Evidence = {}): Exit => endBy(new Fault(code), evidence);

/** Not now, or not by this attempt: the hub knows when and whether it is tried again. */
export const giveBack = (code: FaultCode, evidence: Evidence = {}): Exit => end("given_back", code, evidence);
