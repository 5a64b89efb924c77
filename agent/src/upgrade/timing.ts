import { mayStart, type StartDecision } from "./windows.ts";
import { giveBack, type Exit } from "./exits.ts";
import type { OpenJob } from "./job.ts";

/** A little later, on the site's clock. */
export const inAMoment = ({ ports, settings }: OpenJob): number =>
  Math.round(ports.siteTime.now() + settings.parkedEveryMs);

export const waitForClock = (job: OpenJob): Exit => ({
  move: "park",
  park: { reason: "clock_uncertain", until: inAMoment(job) },
  code: "CLOCK_UNCERTAIN",
});

/** Until the journal has its reserve again and `needsBytes` more are free. */
export const waitForSpace = (needsBytes = 0): Exit => ({
  move: "park",
  park: { reason: "disk_full", until: null },
  code: "DISK_FULL",
  needsBytes,
});

/** Whether this job may touch its device at this moment. */
export function startDecision(job: OpenJob): StartDecision {
  const { siteTime } = job.ports;
  const site = { now: siteTime.now(), uncertaintyMs: siteTime.uncertaintyMs() };
  return mayStart(job.order, site, job.site.usual.roomMs(job.record.grant.sizeBytes));
}

/** The way out when it may not; null when it may. */
export function notNow(job: OpenJob): Exit | null {
  const decision = startDecision(job);
  switch (decision.kind) {
    case "start":
      return job.ports.journal.roomy() ? null : waitForSpace();
    case "wait":
      return { move: "park", park: { reason: "window", until: Math.ceil(decision.until) } };
    case "clockUncertain":
      return waitForClock(job);
    case "missed":
      return giveBack("WINDOW_MISSED");
    case "late":
      return giveBack("DEADLINE_PASSED");
  }
}
