import type { ServerHealth, ServerReport } from "@fyr/protocol";

const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace("T", " ");

const share = (part: number, whole: number): string => `${Math.round((100 * part) / Math.max(1, whole))} %`;

const STANDINGS = {
  up: "up",
  down: "down",
  unknown: "unknown",
  upgrading: "upgrading - unavailable",
} as const;

/** What of a server's health is known, in words; what its host cannot tell is left out. */
function healthWords({ cpuPercent, memory, volumes, services, rebootPending }: ServerHealth): string[] {
  const disks = volumes === "unknown" ? [] : volumes;
  return [
    ...(cpuPercent === "unknown" ? [] : [`processors ${Math.round(cpuPercent)} %`]),
    ...(memory === "unknown"
      ? []
      : [`memory ${share(memory.totalBytes - memory.freeBytes, memory.totalBytes)}`]),
    ...disks.flatMap(({ name, totalBytes, freeBytes }) =>
      totalBytes === "unknown" || freeBytes === "unknown"
        ? []
        : [`${name} ${share(freeBytes, totalBytes)} free`],
    ),
    ...(services === "unknown" ? [] : services.map(({ name, state }) => `${name} ${state}`)),
    ...(rebootPending === true ? ["waits for a restart"] : []),
  ];
}

/** The server on this host as `agent status` prints it. */
export function serverLines({ facts, health, standing }: ServerReport): string[] {
  const { name, product, version } = facts;
  const words = healthWords(health);
  return [
    `server       ${name}, ${product} ${version}, ${STANDINGS[standing.kind]} (seen ${timeText(health.at)})`,
    `health       ${words.length === 0 ? "unknown" : words.join(", ")}`,
  ];
}
