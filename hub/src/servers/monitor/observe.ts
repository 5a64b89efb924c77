import type { AlertKind, ServerHealth } from "@fyr/protocol";
import type { TaskRecord } from "../../upgrades/task.ts";

/** One measured value; `unknown` is none, and opens and closes nothing. */
export interface Observation {
  readonly kind: AlertKind;
  readonly part: string;
  readonly value: number | "unknown";
}

const MINUTE = 60_000;
const percent = (part: number, whole: number): number | "unknown" =>
  whole > 0 ? Math.round((part / whole) * 1_000) / 10 : "unknown";

/** What a report says of everything that is watched. */
export function observations(health: ServerHealth): Observation[] {
  const one = (kind: AlertKind, value: Observation["value"], part = ""): Observation => ({
    kind,
    part,
    value,
  });
  const { cpuPercent, memory, retention } = health;
  return [
    one("cpu", cpuPercent),
    one(
      "memory",
      memory === "unknown" ? "unknown" : percent(memory.totalBytes - memory.freeBytes, memory.totalBytes),
    ),
    ...volumes(health).map(({ name, value }) => one("storage", value, name)),
    one(
      "retention",
      retention === "unknown" ? "unknown" : percent(retention.actualDays, retention.targetDays),
    ),
    one("service_down", stopped(health)),
    one("recording_gap", longestGap(health)),
  ];
}

const volumes = ({ volumes: all }: ServerHealth): { name: string; value: number | "unknown" }[] =>
  all === "unknown"
    ? []
    : all.map(({ name, totalBytes, freeBytes }) => ({
        name,
        value:
          totalBytes === "unknown" || freeBytes === "unknown" ? "unknown" : percent(freeBytes, totalBytes),
      }));

/** One that is known to be stopped counts, whatever the others are; nobody calls all well while one is unknown. */
function stopped({ services }: ServerHealth): number | "unknown" {
  if (services === "unknown") return "unknown";
  const down = services.filter(({ state }) => state === "stopped").length;
  return down === 0 && services.some(({ state }) => state === "unknown") ? "unknown" : down;
}

/** In minutes; both ends are read on the server's own clock. */
const longestGap = ({ recordingGaps, at }: ServerHealth): number | "unknown" =>
  recordingGaps === "unknown"
    ? "unknown"
    : recordingGaps.reduce(
        (most, { from, to }) => Math.max(most, Math.round(((to ?? at) - from) / MINUTE)),
        0,
      );

/** How long an installer runs; 0 when none does. */
export const overdue = (
  { unavailableSince }: Pick<TaskRecord, "unavailableSince">,
  now: number,
): Observation => ({
  kind: "upgrade_overdue",
  part: "",
  value: unavailableSince === null ? 0 : Math.floor((now - unavailableSince) / MINUTE),
});
