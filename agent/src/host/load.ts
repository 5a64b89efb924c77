import type { ServerHealth, Volume } from "@fyr/protocol";

/** What the operating system itself knows of a host's load. */
export interface HostLoad {
  /** Since the last time it was asked; null the first time. */
  cpuPercent(): number | null;
  memory(): { readonly totalBytes: number; readonly freeBytes: number };
}

/** A host of which nothing is known but that it is there. */
export const UNKNOWN_HEALTH: Omit<ServerHealth, "at"> = {
  cpuPercent: "unknown",
  memory: "unknown",
  volumes: "unknown",
  retention: "unknown",
  services: "unknown",
  recordingGaps: "unknown",
  lastBackupAt: "unknown",
  exporting: "unknown",
  rebootPending: "unknown",
};

export const systemHealth = (
  load: HostLoad,
  volumes: Volume[],
): Pick<ServerHealth, "cpuPercent" | "memory" | "volumes"> => ({
  cpuPercent: load.cpuPercent() ?? "unknown",
  memory: load.memory(),
  volumes,
});
