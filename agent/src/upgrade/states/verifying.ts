import { CAMERA_STEPS, proofFor, type FaultCode } from "@fyr/protocol";
import type { Reading } from "../../ports.ts";
import { end, fail, giveBack, type Exit } from "../exits.ts";
import type { OpenJob } from "../job.ts";
import { conclude, type Conclusion } from "../observe.ts";
import { gaps, type Gap } from "../proof.ts";
import { paceAt } from "../settings.ts";
import { commit } from "../steps/commit.ts";
import { restart } from "../steps/restart.ts";
import { rollBack } from "../steps/roll-back.ts";
import { settle } from "../steps/settle.ts";
import { renewPin } from "../watch.ts";
import { watch } from "../sight.ts";

/** S7 to S9: the device runs the target and has to prove it, is well, and is committed; or is rolled back. */
export async function verifying(job: OpenJob): Promise<Exit> {
  if (job.runsOf("rollback", null).length > 0) return rollBack(job);
  return (await trial(job)) ?? (await commit(job)) ?? settle(job);
}

/** What the trial came to at one look. */
type Health = "well" | "wait" | "look" | Gap;

/** S7. @returns null when all but the commit is proved */
async function trial(job: OpenJob): Promise<Exit | null> {
  const { clock, probe } = job.ports;
  job.enter("trial");
  probe.at("step/trial/before");
  const began = clock.mono();
  for (let last = began; ;) {
    const reading = await watch(job, clock.mono() - last);
    last = clock.mono();
    if (job.record.wish === "undo" && canUndo(job, reading)) return startRollback(job, "CANCELLED");
    const health = await judge(job, reading);
    if (health === "look") return { move: "look" };
    if (health === "well") break;
    const isOver = last - began > job.settings.stepMs.trial;
    const exit = await missing(job, reading, health, isOver);
    if (exit) return exit;
    await job.rest(pause(job, reading, last - began));
  }
  probe.at("step/trial/after");
  job.site.usual.measured("trial", clock.mono() - began, 1);
  return null;
}

const pause = ({ settings }: OpenJob, reading: Reading, sinceMs: number): number =>
  reading.access === "denied" ? settings.deniedEveryMs : paceAt(settings.settleEvery, sinceMs);

/** Conclusions that a device on its way up passes through. */
const PASSING: readonly Conclusion["kind"][] = [
  "silent",
  "busy",
  "starting",
  "denied",
  "keyChanged",
  "contradicts",
];

async function judge(job: OpenJob, reading: Reading): Promise<Health> {
  const flash = job.openFlash;
  const { kind } = conclude(flash, reading);
  if (kind === "keyChanged" && !flash.seen.keyRenewed) await renewPin(job);
  if (PASSING.includes(kind)) return "wait";
  if (kind !== "trial" && kind !== "target") return "look";
  return gaps(flash, reading).find((gap) => gap !== "commit") ?? "well";
}

/** What to do about what is missing: wait, ask a legacy device for a restart, or, when the time is over, end. */
async function missing(job: OpenJob, reading: Reading, gap: Health, isOver: boolean): Promise<Exit | null> {
  if (gap === "boot" && wasCommittedUnseen(job, reading)) return end("skipped", "UPGRADE_AT_TARGET");
  if (gap === "boot" && proofFor(job.order.image.version).boot.includes("restart")) return restart(job);
  if (!isOver) return null;
  const { kind } = conclude(job.openFlash, reading);
  if (kind === "denied") return giveBack("DEVICE_DENIED");
  if (gap === "health" && kind === "trial") return startRollback(job, "HEALTH_FAILED");
  if (gap === "wait") return { move: "look" };
  return fail("DEVICE_UNVERIFIED", { missing: gap });
}

/** Another agent's upload ended well before anybody here could see it: true, but not proved by us. */
const wasCommittedUnseen = (job: OpenJob, reading: Reading): boolean =>
  job.openFlash.before.version === null && reading.committed !== false;

/** Only a device on trial has its old version beside the new one; where there is none, the wish is refused. */
function canUndo(job: OpenJob, reading: Reading): boolean {
  const { kind } = conclude(job.openFlash, reading);
  if (kind === "target")
    job.write({ job: { wish: null }, event: job.stateEvent({ code: "CANCEL_TOO_LATE" }) });
  return kind === "trial";
}

function startRollback(job: OpenJob, code: FaultCode): Promise<Exit> {
  const most = CAMERA_STEPS.rollback.tries;
  if (job.runsOf("rollback").length >= most) return Promise.resolve(fail("ROLLBACK_FAILED"));
  return rollBack(job, code);
}
