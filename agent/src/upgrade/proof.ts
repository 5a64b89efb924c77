import { compareVersions, proofFor, type Reading as Source } from "@fyr/protocol";
import type { Reading } from "../ports.ts";
import { bootProof, type Flash } from "./observe.ts";

/** A gap between "it says so" and "it is so" (I12). */
export type Gap = "version" | "identity" | "health" | "boot" | "commit";

const VERSION_KEYS: Partial<Record<Source, keyof Reading["versions"]>> = {
  firmwareManagement: "firmwareManagement",
  deviceInfo: "deviceInfo",
  parameters: "parameters",
};

/** Every source that must name the target does, and no other source names anything else. */
function versionProven(reading: Reading, target: string): boolean {
  const isTarget = (version: string | undefined) =>
    version !== undefined && compareVersions(version, target) === 0;
  const demanded = proofFor(target).versionFrom.map((source) => VERSION_KEYS[source]);
  return (
    demanded.every((key) => key !== undefined && isTarget(reading.versions[key])) &&
    Object.values(reading.versions).every((version) => version === undefined || isTarget(version))
  );
}

const unchanged = (before: string | null, now: string | null): boolean =>
  before === null || now === null || before === now;

const identityProven = ({ serial, before }: Flash, reading: Reading): boolean =>
  reading.serial === serial &&
  unchanged(before.model, reading.model) &&
  unchanged(before.hardwareId, reading.hardwareId);

/** It lets us in, is set up, ready, and at rest. */
export const isHealthy = (reading: Reading): boolean =>
  reading.access === "granted" && !reading.needsSetup && reading.ready !== false && !reading.busy;

/** Whether a boot after the upload is proved in a way that this generation, or the one that took the image, accepts. */
export function bootProven(flash: Flash, reading: Reading): boolean {
  const { version, target } = flash.before;
  const proof = bootProof(flash, reading);
  return proof !== null && [target, version ?? target].some((one) => proofFor(one).boot.includes(proof));
}

/** What is missing before an upgrade may be called succeeded; empty when it is proved (I12). */
export function gaps(flash: Flash, reading: Reading): Gap[] {
  const missing: Gap[] = [];
  if (!versionProven(reading, flash.before.target)) missing.push("version");
  if (!identityProven(flash, reading)) missing.push("identity");
  if (!isHealthy(reading)) missing.push("health");
  if (!bootProven(flash, reading)) missing.push("boot");
  if (reading.committed === false) missing.push("commit");
  return missing;
}
