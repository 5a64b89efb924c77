import { isFault, PARK_REASONS, SERVER_OBSERVATION, type Fault, type FaultCode } from "@fyr/protocol";
import { faultOr } from "../upgrade/job.ts";
import { UNCERTAIN_MS } from "../upgrade/windows.ts";
import { end, endBy, endWith, giveBack, type Exit } from "./exits.ts";
import { identityOf } from "./identity.ts";
import type { ServerJob } from "./job.ts";
import { after, lookAtRun, type Seen } from "./look.ts";
import { isStore, notNow } from "./now.ts";
import { isRestoring } from "./restore.ts";
import { executing } from "./steps/executing.ts";
import { verifying } from "./steps/verifying.ts";

/** Asking for these failed, which says nothing about the order: they are asked for again. */
const PASSING: readonly FaultCode[] = [
  "HUB_UNREACHABLE",
  "HUB_BUSY",
  "HUB_DISK_FULL",
  "TOO_MANY_REQUESTS",
  "INTERNAL",
  "METADATA_MISSING",
  "PEER_SILENT",
  "RESPONSE_TOO_LARGE",
  "CLOCK_UNCERTAIN",
];

const inAMoment = ({ ports, settings }: ServerJob): number =>
  Math.round(ports.siteTime.now() + settings.parkedEveryMs);

const park = (
  job: ServerJob,
  reason: "metadata_unavailable" | "image_unavailable" | "clock_uncertain" | "retry",
  code: FaultCode,
): Exit => ({ move: "park", park: { reason, until: inAMoment(job) }, code });

/** The order is believed only now; an installation that somebody began before is looked at first. */
async function accepted(job: ServerJob): Promise<Exit> {
  const refused = job.record.order ? null : await verify(job);
  if (refused) return refused;
  const { siteTime } = job.ports;
  if (job.order.windows.length > 0 && siteTime.uncertaintyMs() > UNCERTAIN_MS)
    return park(job, "clock_uncertain", "CLOCK_UNCERTAIN");
  // In the middle of an installation a host may not know what it is.
  return (await inherit(job)) ?? (await identityOf(job)) ?? { move: "verified" };
}

async function verify(job: ServerJob): Promise<Exit | null> {
  const { taskId, epoch, grant } = job.record;
  try {
    const { order, facts } = await job.ports.trust.verifyServer(grant.order);
    if (order.taskId !== taskId || order.epoch !== epoch)
      return endWith("ORDER_FOREIGN", { reason: "another task" });
    job.write({ order, image: facts });
    return null;
  } catch (error) {
    const fault = faultOr(error);
    if (isStore(fault)) throw fault;
    return PASSING.includes(fault.code) ? park(job, "metadata_unavailable", fault.code) : endBy(fault);
  }
}

/**
 * A helper that an earlier grant started, or one of which only its own folder is left: it is waited for, never beside
 * another. One that brings what is ordered is taken over as a run of this job.
 */
async function inherit(job: ServerJob): Promise<Exit | null> {
  const { desk, clock, host, shelf } = job.ports;
  // A backup that is being put back would be mixed with what is installed.
  if (shelf.all().some(isRestoring)) return park(job, "retry", "INSTALLER_BUSY");
  for (const traces of await desk.open()) {
    const { runKey, to, from } = traces.plan;
    if (job.record.runs.some((run) => run.runKey === runKey)) continue;
    const isOurs =
      traces.plan.act === "install" &&
      traces.plan.digest === job.order.digest &&
      traces.plan.uid === job.order.uid;
    if (!isOurs && traces.busy) return park(job, "retry", "INSTALLER_BUSY");
    if (!isOurs || isTold(job, runKey)) {
      await desk.conclude(runKey);
      continue;
    }
    const at = Math.round(clock.wall());
    const run = { runKey, try: 1, at, until: at + Math.round(job.ports.usual.ms()), watchedMs: 0 };
    const before = { version: String(from), bootId: traces.plan.bootId, devices: null };
    const runs = [...job.record.runs, { ...run, overdue: false, asked: false, began: false, end: null }];
    job.log.info(
      { runKey, to, boot: await host.bootId() },
      "an installation that was begun before is taken over",
    );
    return { move: "lookFirst", job: { runs, before } };
  }
  return null;
}

/** An earlier job has said what became of it. */
const isTold = ({ ports }: ServerJob, runKey: string): boolean =>
  ports.shelf.all().some(({ ending, runs }) => ending !== null && runs.some((run) => run.runKey === runKey));

/** The package comes to the host, in verified pieces, going on where it stopped. */
async function staging(job: ServerJob): Promise<Exit> {
  const onBytes = (done: number) => {
    job.bytes = done;
    job.ports.moved();
  };
  try {
    await job.ports.cache.stage(job.order.image, job.record.jobId, onBytes, job.stopping);
    return { move: "staged" };
  } catch (error) {
    job.demandGoing();
    return whyNotStaged(job, faultOr(error));
  }
}

function whyNotStaged(job: ServerJob, fault: Fault): Exit {
  if (isFault(fault, "DISK_FULL")) return endWith("SERVER_DISK_FULL", { reason: "the package does not fit" });
  if (isStore(fault)) throw fault;
  return fault.retry === "transient" ? park(job, "image_unavailable", fault.code) : endBy(fault);
}

/** Nothing is kept waiting for a window: what was claimed cannot be withdrawn, so it goes back to the queue. */
async function armed(job: ServerJob): Promise<Exit> {
  return notNow(job) ?? { move: "start" };
}

async function parked(job: ServerJob): Promise<Exit> {
  const { park: why } = job.record;
  if (!why) throw new Error(`job ${job.record.jobId} is parked without a reason`);
  const left = () => (why.until ?? 0) - job.ports.siteTime.now();
  while (left() > 0 && left() <= job.settings.parkedEveryMs) await job.rest(Math.ceil(left()));
  if (job.record.order && job.ports.siteTime.now() > job.record.order.deadline)
    return giveBack("DEADLINE_PASSED");
  return { move: why.reason === "retry" ? "recheck" : PARK_REASONS[why.reason].to };
}

/** The installer runs: the job watches, tells people when it takes long, and touches nothing. */
async function settling(job: ServerJob): Promise<Exit> {
  for (;;) {
    const seen = await lookAtRun(job);
    if (seen.sight === "installed") return { move: "answered" };
    if (seen.sight !== "running") return { move: "look" };
    await job.rest(job.settings.watchEveryMs);
  }
}

/** What a crash, a silence or an earlier grant left: concluded from traces and host, by the table. */
async function observing(job: ServerJob): Promise<Exit> {
  for (let cutMs = 0; ; cutMs += job.settings.watchEveryMs) {
    const seen = await lookAtRun(job);
    const move = SERVER_OBSERVATION[seen.sight];
    if (!isEarly(job, seen, cutMs)) {
      const exit = move === "end" ? ended(job, seen) : await onward(job, seen, move);
      if (exit) return exit;
    }
    await job.rest(job.settings.watchEveryMs);
  }
}

/**
 * A host that is still booting may not know its version yet; a helper that was started a moment ago may not have shown
 * itself yet, also when it was another life of this agent that started it.
 */
function isEarly({ ports, settings }: ServerJob, { sight, run }: Seen, watchedMs: number): boolean {
  if (watchedMs >= settings.helperSilentMs) return false;
  if (sight === "cutUnknown") return true;
  const ageMs = ports.clock.wall() - run.at;
  return sight === "neverBegan" && ageMs >= 0 && ageMs < settings.helperSilentMs;
}

/** @returns null when a helper that was given up has come to life: it is looked at again */
async function onward(
  job: ServerJob,
  seen: Seen,
  move: "resend" | "flashing" | "onTrial",
): Promise<Exit | null> {
  if (move !== "resend") return { move };
  if (seen.sight === "neverBegan" && !(await job.ports.desk.abandon(seen.run.runKey))) return null;
  if (job.record.fencedBy !== null && seen.sight !== "cutWhole") return giveBack("FENCED");
  const began = seen.sight === "cutWhole";
  const change = { began, end: seen.sight === "untouched" ? "void" : "failed" } as const;
  const tries = job.record.runs.filter(({ end: how }) => how !== "void").length;
  if (tries < job.settings.mostStarts) return { move, job: { runs: after(job, seen.run, change) } };
  return endWith(began ? "INSTALLER_CUT" : "INSTALLER_MISSING", seen.evidence);
}

function ended(_job: ServerJob, { sight, traces, evidence }: Seen): Exit {
  if (sight === "cutUnknown") return end("failed", "INSTALLER_CUT", evidence);
  return endWith(traces?.end?.code ?? "INSTALLER_FAILED", evidence);
}

/** What is done in each state, until there is a reason to leave it. */
export const WORK = {
  accepted,
  staging,
  armed,
  executing,
  settling,
  verifying,
  observing,
  parked,
} as const satisfies Record<string, (job: ServerJob) => Promise<Exit>>;
