import { Fault, isFault, type FaultCode, type Order } from "@fyr/protocol";
import { endBy, giveBack, type Exit } from "../exits.ts";
import { faultOr, type OpenJob } from "../job.ts";
import { inheritFlash, mustLookFirst } from "../inherit.ts";
import { inAMoment, waitForClock } from "../timing.ts";
import { UNCERTAIN_MS } from "../windows.ts";

/** What keeps the metadata from us for a while; the order waits for it here. */
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

/** The order is believed only now: who signed it, for whom, and what the publishers say of its image. */
export async function accepted(job: OpenJob): Promise<Exit> {
  const refused = job.record.order ? null : await verify(job);
  if (refused) return refused;
  const { windows, serial } = job.order;
  const { siteTime, inventory } = job.ports;
  if (windows.length > 0 && siteTime.uncertaintyMs() > UNCERTAIN_MS) return waitForClock(job);
  if (!inventory.find(serial)) return giveBack("DEVICE_UNKNOWN");
  if (!mustLookFirst(job)) return { move: "verified" };
  await job.holdDevice();
  inheritFlash(job);
  return { move: "lookFirst" };
}

async function verify(job: OpenJob): Promise<Exit | null> {
  const { trust, inventory } = job.ports;
  try {
    const { order, facts: image } = await trust.verify(job.record.grant.order);
    if (!isSame(order, job)) return endBy(new Fault("ORDER_FOREIGN", { reason: "another task" }));
    const versionWhenAccepted = inventory.find(order.serial)?.version ?? null;
    job.write({ job: { order, image, versionWhenAccepted } });
    return null;
  } catch (error) {
    const fault = faultOr(error);
    if (isFault(fault, "DISK_FULL", "STORE_FAILED", "JOURNAL_CORRUPT")) throw fault;
    return PASSING.includes(fault.code) ? waitForMetadata(job, fault.code) : endBy(fault);
  }
}

const isSame = (order: Order, { record }: OpenJob): boolean =>
  order.taskId === record.taskId && order.epoch === record.epoch;

const waitForMetadata = (job: OpenJob, code: FaultCode): Exit => ({
  move: "park",
  park: { reason: "metadata_unavailable", until: inAMoment(job) },
  code,
});
