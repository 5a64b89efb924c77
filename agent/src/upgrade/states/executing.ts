import type { StagedImage } from "../../ports.ts";
import type { Exit } from "../exits.ts";
import { inheritFlash } from "../inherit.ts";
import type { OpenJob } from "../job.ts";
import { backup } from "../steps/backup.ts";
import { checkBefore, identify } from "../steps/examine.ts";
import { transfer } from "../steps/transfer.ts";
import { stage, whyNotStaged } from "./staging.ts";

/**
 * S0 to S4. Nothing here is irrevocable until the last chunk of the image leaves; so after a restart without an open
 * intent it simply begins again, except that a backup is made once.
 */
export async function executing(job: OpenJob): Promise<Exit> {
  await job.holdDevice();
  await job.holdPlace(true);
  if (isInDoubt(job)) {
    inheritFlash(job);
    return { move: "look" };
  }
  const image = await staged(job);
  if ("move" in image) return image;
  return (
    (await identify(job)) ?? (await checkBefore(job)) ?? (await backup(job)) ?? (await transfer(job, image))
  );
}

/** An upload to this device, of this job or an earlier one, of which nobody knows yet what it did. */
const isInDoubt = (job: OpenJob): boolean =>
  job.runsOf("transfer", null).length > 0 || job.ports.journal.openTransfer(job.serial) !== undefined;

async function staged(job: OpenJob): Promise<StagedImage | Exit> {
  try {
    return await stage(job);
  } catch (error) {
    return whyNotStaged(job, error);
  }
}
