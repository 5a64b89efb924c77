import { z } from "zod";
import { FAULTS } from "../faults/codes.ts";
import { isFaultCode } from "../faults/codes.ts";
import { Fault, type FaultDetails } from "../faults/fault.ts";
import { faultText, type Language } from "../faults/text.ts";

/** RFC 9457, `application/problem+json`: the one form in which the hub refuses. */
export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    /** What is true now and what to do about it, in the reader's language. */
    now: z.string(),
    remedy: z.string(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

export const PROBLEM_TYPE = "application/problem+json";

export function toProblem(fault: Fault, language: Language = "en"): Problem {
  const { what, now, remedy } = faultText(fault.code, language);
  return {
    type: `urn:fyr:fault:${fault.code}`,
    title: what,
    status: FAULTS[fault.code].status,
    code: fault.code,
    detail: what,
    now,
    remedy,
    details: { ...fault.details },
  };
}

/** The fault that a peer named in its answer; undefined when the answer is no problem document of ours. */
export function fromProblem(body: unknown): Fault | undefined {
  const parsed = Problem.safeParse(body);
  if (!parsed.success || !isFaultCode(parsed.data.code)) return undefined;
  return new Fault(parsed.data.code, parsed.data.details as FaultDetails);
}
