/** Upgrades on the agent's side: the jobs of a site, their journal and the table of what a look at a device means. */
export { createJobs, type RunningJobs } from "./jobs.ts";
export type { Change, Damage, Journal } from "./journal.ts";
export type { KillPoint } from "./kill-points.ts";
export type { Backups, UpgradePorts } from "./ports.ts";
export { upgradeSettings, type UpgradeSettings } from "./settings.ts";
