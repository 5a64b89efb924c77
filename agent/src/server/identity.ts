import { compareVersions, Fault, isFault } from "@fyr/protocol";
import { faultOr } from "../upgrade/job.ts";
import { end, endBy, endWith, type Exit } from "./exits.ts";
import type { ServerJob } from "./job.ts";

/** V0: is it the server that the order names, and is the package for its product? Null when it is. */
export async function identityOf(job: ServerJob): Promise<Exit | null> {
  try {
    const facts = await job.ports.host.facts(job.stopping);
    const { uid, image } = job.order;
    if (facts?.uid !== uid) return endWith("SERVER_WRONG", { found: facts?.uid ?? null });
    if (image.product !== facts.product) return endWith("PACKAGE_WRONG_PRODUCT", { package: image.product });
    return null;
  } catch (error) {
    job.demandGoing();
    const fault = faultOr(error);
    if (isFault(fault, "SERVER_UNREADABLE")) return endBy(fault);
    throw fault;
  }
}

/** Whether the package may go over the version that runs: never back, and not past a version that must come between. */
export function pathOf(image: ServerJob["order"]["image"], version: string): Exit | null {
  const difference = compareVersions(image.version, version);
  if (difference === 0) return end("skipped", "UPGRADE_AT_TARGET", { version });
  if (difference < 0) return endBy(new Fault("IMAGE_DOWNGRADE", { version }));
  const isFrom = (track: string) => version === track || version.startsWith(`${track}.`);
  const { upgradeableFrom } = image;
  if (upgradeableFrom.length > 0 && !upgradeableFrom.some(isFrom))
    return endWith("IMAGE_PATH_BLOCKED", { version });
  return null;
}
