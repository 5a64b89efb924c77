import { FAULTS, type FaultCode, type RetryClass } from "@fyr/protocol";
import { repairHold, timeHold, withHold } from "./holds.ts";
import { endWith, move, moveAlong } from "./move.ts";
import { TIMES, type TaskRecord, type Tries } from "./task.ts";

/** A number in [0, 1): spreads what would otherwise come back all at once. */
export type Chance = () => number;

/** A job that ended without one has nothing against another try. */
const classOf = (code: FaultCode | null): RetryClass => (code === null ? "transient" : FAULTS[code].retry);

/**
 * What becomes of a task whose job ended without doing its work (upgrades.md 5.2, retry rule). A wish to cancel is
 * granted before any further try.
 */
export function afterFailure(
  task: TaskRecord,
  code: FaultCode | null,
  now: number,
  chance: Chance,
): TaskRecord {
  const failed = { ...task, outcomeCode: code };
  if (code === "DEADLINE_PASSED") return moveAlong(failed, ["giveBack", "expire"], now);
  if (classOf(code) === "indeterminate") return unknown(failed, code, now);
  if (task.cancel === "requested") return moveAlong(failed, ["giveBack", "cancel"], now);
  switch (classOf(code)) {
    case "transient":
      return transient(failed, code, now, chance);
    case "device":
      return device(failed, code, now, chance);
    case "fix_needed":
      return code === null ? failed : withHold(waiting(failed, now), repairHold(code, now));
    default:
      return move(failed, "fail", now);
  }
}

/** The hub must not guess: the next grant looks at the device first. */
function unknown(task: TaskRecord, code: FaultCode | null, now: number): TaskRecord {
  const since = { reconcilingSince: task.reconcilingSince ?? now, darkSince: task.darkSince ?? now };
  const looking = move({ ...task, ...since, lookFirst: true }, "observe", now);
  return withHold(looking, timeHold("backoff", now + TIMES.lookAgainMs, code, now));
}

const waiting = (task: TaskRecord, now: number): TaskRecord => ({
  ...move(task, "giveBack", now),
  holds: [],
});

const backOff = (task: TaskRecord, tries: Tries, waitMs: number, now: number): TaskRecord =>
  withHold({ ...waiting(task, now), tries }, timeHold("backoff", now + waitMs, task.outcomeCode, now));

function transient(task: TaskRecord, code: FaultCode | null, now: number, chance: Chance): TaskRecord {
  const tries = { ...task.tries, transient: task.tries.transient + 1 };
  if (tries.transient < TIMES.transientTriesPerWindow) {
    const step = TIMES.backoffMs[tries.transient - 1] ?? TIMES.roundMs;
    return backOff(task, tries, Math.ceil(step * chance()), now);
  }
  const round = { ...tries, transient: 0, rounds: tries.rounds + 1 };
  if (round.rounds < TIMES.transientWindows) return backOff(task, round, untilNextRound(task, now), now);
  return endWith({ ...task, tries: round }, ["fail"], code ?? "INTERNAL", now);
}

/** The next window after the one that runs; a day later where there are none. */
function untilNextRound({ windows }: TaskRecord, now: number): number {
  const next = windows.find(({ opensAt }) => opensAt > now);
  return next ? next.opensAt - now : TIMES.roundMs;
}

function device(task: TaskRecord, code: FaultCode | null, now: number, chance: Chance): TaskRecord {
  const tries = { ...task.tries, device: task.tries.device + 1 };
  if (tries.device < TIMES.deviceTries) {
    const step = TIMES.backoffMs[tries.device - 1] ?? TIMES.roundMs;
    return backOff(task, tries, Math.ceil(step * chance()), now);
  }
  const resting = { ...waiting(task, now), tries: { ...tries, device: 0 } };
  return withHold(resting, timeHold("penalty", now + TIMES.penaltyMs, code, now));
}
