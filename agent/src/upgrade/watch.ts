import { CAMERA_STEPS } from "@fyr/protocol";
import type { Reading } from "../ports.ts";
import type { Decision, Doubt } from "./decide.ts";
import type { Exit } from "./exits.ts";
import type { OpenJob } from "./job.ts";
import { conclude, type Conclusion } from "./observe.ts";
import { paceAt, type Pace } from "./settings.ts";
import { cameraOf, watch } from "./sight.ts";
import { fullTries } from "./steps/transfer.ts";

export interface Watching {
  /** How often the device is asked. */
  readonly paces: readonly Pace[];
  readonly decide: (conclusion: Conclusion, doubt: Doubt) => Decision;
  /** Whether the first look comes before the first wait. */
  readonly atOnce: boolean;
  /** Sees every look, for what is shown. */
  readonly onLook?: (reading: Reading) => void;
  /** What becomes of a wish to send again. */
  readonly resend: (afterPowerLoss: boolean) => Exit;
}

/** Looks at a device again and again until a decision leads out of the state. */
export async function watchUntilDecided(job: OpenJob, how: Watching): Promise<Exit> {
  const { clock } = job.ports;
  const began = clock.mono();
  let last = began;
  let before: Conclusion["kind"] | null = null;
  let inARow = 0;
  for (let isFirst = true; ; isFirst = false) {
    const sinceMs = clock.mono() - began;
    if (!(isFirst && how.atOnce)) await job.rest(pauseMs(job, how.paces, before, sinceMs));
    const now = clock.mono();
    const reading = await watch(job, now - last);
    last = now;
    how.onLook?.(reading);
    job.site.moved();
    const conclusion = conclude(job.openFlash, reading);
    inARow = conclusion.kind === before ? inARow + 1 : 1;
    before = conclusion.kind;
    const decision = how.decide(conclusion, doubt(job, clock.mono() - began, inARow));
    if (decision.kind === "exit") return decision.exit;
    if (decision.kind === "resend") return how.resend(decision.afterPowerLoss);
    if (decision.kind === "renewPin") await renewPin(job);
  }
}

/** A refused password is not tried often, or the device locks us out for good. */
const pauseMs = (job: OpenJob, paces: readonly Pace[], before: Conclusion["kind"] | null, sinceMs: number) =>
  before === "denied" ? job.settings.deniedEveryMs : paceAt(paces, sinceMs);

export function doubt(job: OpenJob, sinceMs: number, inARow: number): Doubt {
  const { powerRetries, wish, fencedBy } = job.record;
  const rollback = job.runsOf("rollback").at(-1);
  return {
    seen: job.openFlash.seen,
    sinceMs,
    inARow,
    tries: fullTries(job),
    mostTries: CAMERA_STEPS.transfer.tries,
    powerRetries,
    wish,
    fenced: fencedBy !== null,
    rollback: rollback ? (rollback.code ?? "ROLLED_BACK") : null,
    commitFailed: job.runsOf("commit", "failed").length >= CAMERA_STEPS.commit.tries,
    settings: job.settings,
  };
}

/** The key of a device that has just started anew is taken as it is, once per upload. */
export async function renewPin(job: OpenJob): Promise<void> {
  const run = job.openFlash;
  job.note(run, { seen: { ...run.seen, keyRenewed: true } });
  job.log.warn({ serial: job.serial }, "device shows a new key after its upgrade");
  try {
    await cameraOf(job)?.renewPin(job.signal);
  } catch (error) {
    job.log.warn({ error }, "the new key could not be read");
  }
}
