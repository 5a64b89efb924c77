import type { InstallEnd, InstallPlan, Traces } from "@fyr/agent";
import type { HelperMoment } from "@fyr/protocol";

/** One run as it lies on the host's disk. */
export interface RunOnDisk {
  readonly plan: InstallPlan;
  readonly moments: HelperMoment[];
  end: InstallEnd | null;
  concluded: boolean;
  abandoned: boolean;
}

/** A process that a power cut or a kill ended: what it would have done after is not done. */
export class Dead extends Error {
  override readonly name = "Dead";
}

export const tracesOf = ({ plan, moments, end }: RunOnDisk, busy: boolean, whole: boolean): Traces => ({
  plan,
  moment: moments.at(-1) ?? null,
  busy,
  end,
  whole,
  log: `/runs/${plan.runKey}/install.log`,
});
