import { createHash } from "node:crypto";
import {
  AxisVersion,
  CHAIN_START,
  chainSource,
  type AnyStep,
  type FaultCode,
  type Grant,
  type JobEvent,
  type JobStanding,
  type JobState,
  type Outcome,
  type StepEvent,
  type TaskId,
  type UnhashedEvent,
} from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import { jobIdOf } from "../upgrades/job-id.ts";

/** One job on an agent that has no devices: a journal that is written by the test. */
export interface TestJob {
  readonly taskId: TaskId;
  readonly jobId: JobEvent["jobId"];
  readonly epoch: number;
  readonly grant: Grant;
  /** Everything it ever said, in order. */
  readonly events: JobEvent[];
  readonly closed: boolean;
  state(state: JobState, code?: FaultCode): void;
  step(step: AnyStep, moment?: StepEvent["moment"], code?: FaultCode): void;
  end(outcome: Outcome, code?: FaultCode | null, version?: string | null): void;
  /** All the events of an upgrade that goes well. */
  succeed(version?: string): void;
  outbox(): JobEvent[];
  acknowledged(seq: number): void;
  standing(): JobStanding;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export function jobOf(grant: Grant, clock: Pick<Clock, "wall">): TestJob {
  const { taskId, epoch, targetVersion } = grant;
  const jobId = jobIdOf(taskId, epoch);
  const events: JobEvent[] = [];
  let acked = 0;
  let now: JobState = "accepted";
  let over = false;

  type Told<E> = E extends UnhashedEvent
    ? Omit<E, "taskId" | "jobId" | "epoch" | "seq" | "at" | "previous">
    : never;
  function say(told: Told<UnhashedEvent>): void {
    const place = { taskId, jobId, epoch, seq: events.length + 1, at: clock.wall() };
    const event = { ...place, previous: events.at(-1)?.hash ?? CHAIN_START, ...told };
    events.push({ ...event, hash: sha256(chainSource(event)) });
  }

  const job: TestJob = {
    taskId,
    jobId,
    epoch,
    grant,
    events,
    get closed() {
      return over && acked >= events.length;
    },
    state(state, code) {
      now = state;
      say({ kind: "state", state, ...(code !== undefined && { code }) });
    },
    step: (step, moment = "begun", code) =>
      say({ kind: "step", step, try: 1, moment, ...(code !== undefined && { code }) }),
    end(outcome, code = null, version = null) {
      now = "closing";
      over = true;
      say({
        kind: "outcome",
        outcome,
        code,
        version: version === null ? null : AxisVersion.parse(version),
        evidence: {},
      });
    },
    succeed(version = targetVersion) {
      for (const state of ["accepted", "staging", "armed", "executing"] as const) job.state(state);
      job.step("transfer");
      job.step("transfer", "lastChunk");
      job.state("settling");
      job.state("verifying");
      job.step("trial", "done");
      job.step("commit", "done");
      job.end("succeeded", null, version);
    },
    outbox: () => events.slice(acked),
    acknowledged: (seq) => (acked = Math.max(acked, seq)),
    standing: () => ({ taskId, jobId, epoch, state: now, seqHigh: events.length }),
  };
  return job;
}
