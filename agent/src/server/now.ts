import { isFault, type Fault } from "@fyr/protocol";
import { mayStart } from "../upgrade/windows.ts";
import { giveBack, type Exit } from "./exits.ts";
import type { ServerJob } from "./job.ts";

export const isStore = (fault: Fault): boolean =>
  isFault(fault, "DISK_FULL", "STORE_FAILED", "JOURNAL_CORRUPT");

/** Whether an installer may start at this moment; the way out when it may not. */
export function notNow(job: ServerJob): Exit | null {
  const { siteTime, usual } = job.ports;
  const now = { now: siteTime.now(), uncertaintyMs: siteTime.uncertaintyMs() };
  switch (mayStart(job.order, now, usual.ms() * job.settings.windowTimes).kind) {
    case "start":
      return null;
    case "late":
      return giveBack("DEADLINE_PASSED");
    case "clockUncertain":
      return giveBack("CLOCK_UNCERTAIN");
    case "wait":
    case "missed":
      return giveBack("WINDOW_MISSED");
  }
}
