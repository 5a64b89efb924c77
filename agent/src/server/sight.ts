import { compareVersions, type ServerSight } from "@fyr/protocol";
import type { Alive, Maybe, Traces } from "./ports.ts";

/** What is known of the host beside the traces. */
export interface HostNow {
  readonly alive: Alive;
  readonly bootId: Maybe<string>;
}

/** Two readings of one version, whoever wrote them. */
export const isVersion = (found: Maybe<string> | null, wanted: string): boolean =>
  found !== null && found !== "unknown" && compareVersions(found, wanted) === 0;

/** The host has booted since the helper was started. Where no boot can be named, nothing is concluded from it. */
const hasRebooted = ({ plan }: Traces, { bootId }: HostNow): boolean =>
  bootId !== "unknown" && plan.bootId !== "unknown" && bootId !== plan.bootId;

/** Concludes from what a helper left and from what the host shows (protocol `SERVER_OBSERVATION`). */
export function sightOf(traces: Traces | null, host: HostNow): ServerSight {
  if (!traces) return "untouched";
  const { end, busy, moment, whole, plan } = traces;
  if (end?.kind === "refused") return "refused";
  if (end) return end.reboot && !isThrough(traces, host) ? "running" : "installed";
  if (busy) return "running";
  if (moment === null || moment === "ready") return "neverBegan";
  if (isVersion(host.alive.version, plan.to)) return "cutAtTarget";
  return whole ? "cutWhole" : "cutUnknown";
}

/** An installer that wanted a boot has had it; or the new version runs without. */
const isThrough = (traces: Traces, host: HostNow): boolean =>
  hasRebooted(traces, host) || isVersion(host.alive.says, traces.plan.to);
