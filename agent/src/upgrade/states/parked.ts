import { PARK_REASONS } from "@fyr/protocol";
import { giveBack, type Exit } from "../exits.ts";
import type { OpenJob } from "../job.ts";
import { startDecision } from "../timing.ts";

/** Waits for a named reason; the table says what wakes it and where it goes on. */
export async function parked(job: OpenJob): Promise<Exit> {
  const { park } = job.record;
  if (!park) throw new Error(`job ${job.record.jobId} is parked without a reason`);
  const { wakes, to } = PARK_REASONS[park.reason];
  const isTime = () => (park.reason === "window" ? isWindow(job) : isMoment(job, park.until));
  const isAwake = () => (wakes === "time" ? isTime() : hasSpace(job));
  // Space was missing a moment ago: a disk that says otherwise at once would be asked again and again without a pause.
  let mustWait = wakes === "free space";
  while (mustWait || !(await isAwake())) {
    mustWait = false;
    await job.rest(waitMs(job, park.until));
    if (isOver(job)) return giveBack("DEADLINE_PASSED");
  }
  return { move: to };
}

/** The windows are asked, not the time that was noted: the clock may have been wrong then. */
const isWindow = (job: OpenJob): boolean => !["wait", "clockUncertain"].includes(startDecision(job).kind);

/** Further away than any wait of this kind: the clock has been put back since. */
function isMoment({ ports, settings }: OpenJob, until: number | null): boolean {
  const leftMs = until === null ? 0 : until - ports.siteTime.now();
  return leftMs <= 0 || leftMs > settings.parkedEveryMs;
}

/** In small laps: the site's clock may be corrected, and space comes back unannounced. */
const waitMs = ({ ports, settings }: OpenJob, until: number | null): number =>
  until === null
    ? settings.parkedEveryMs
    : Math.max(1, Math.min(settings.parkedEveryMs, Math.ceil(until - ports.siteTime.now())));

const hasSpace = async ({ ports, record }: OpenJob): Promise<boolean> =>
  ports.journal.roomy() && (record.needsBytes === 0 || (await ports.cache.freeBytes()) >= record.needsBytes);

const isOver = ({ ports, record }: OpenJob): boolean =>
  record.order !== null && ports.siteTime.now() > record.order.deadline;
