import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Windows are judged by the host's own clock, which nobody sets.",
  edits: [
    {
      file: "agent/src/upgrade/jobs.ts",
      find: `  constructor(ports: UpgradePorts) {
    this.#ports = ports;`,
      replace: `  constructor(given: UpgradePorts) {
    const ports = { ...given, siteTime: { ...given.siteTime, now: () => given.clock.wall() } };
    this.#ports = ports;`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/jobs.test.ts",
      name: "a window is judged by the hub's time, whatever the host's own clock says",
    },
  ],
};
