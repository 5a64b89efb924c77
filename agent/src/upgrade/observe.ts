import { AxisVersion, compareVersions, offers, proofFor, type BootProof } from "@fyr/protocol";
import type { Reading } from "../ports.ts";
import type { Before, Seen } from "./records.ts";

/** One upload to one device: who it went to, what was before, what was seen since. */
export interface Flash {
  readonly serial: string;
  readonly before: Before;
  readonly seen: Seen;
}

/** What a look at the device means for an upgrade that was begun: the rows of upgrades.md 5.5. */
export type Conclusion =
  /** Nothing answers: in progress, or dead. */
  | { readonly kind: "silent" }
  /** Another device answers in its place. */
  | { readonly kind: "replaced"; readonly serial: string }
  /** Factory defaults: nobody can log in, nothing of ours is left on it. */
  | { readonly kind: "wiped" }
  /** It proves another key than the pinned one; no password was sent. */
  | { readonly kind: "keyChanged" }
  | { readonly kind: "denied" }
  /** A firmware request is under way (423). */
  | { readonly kind: "busy" }
  /** It boots again and again and gets nowhere. */
  | { readonly kind: "bootLoop" }
  /** It answers but cannot tell everything yet. */
  | { readonly kind: "starting" }
  /** Its own readings name different versions. */
  | { readonly kind: "contradicts" }
  /** The target runs on trial, uncommitted. */
  | { readonly kind: "trial" }
  /** The target runs; committed, or of a generation without the flag. */
  | { readonly kind: "target" }
  /** The old version, and no whole image ever left. */
  | { readonly kind: "untouched" }
  /** The old version, not booted since: it may be flashing. */
  | { readonly kind: "mayFlash" }
  /** The old version, after the target had been seen. */
  | { readonly kind: "rolledBack" }
  /** The old version, booted, the target never seen. `sure`: proved by more than a silence. */
  | { readonly kind: "cameBackOld"; readonly sure: boolean }
  /** A third version, put there by someone else. */
  | { readonly kind: "newer"; readonly version: string }
  | { readonly kind: "other"; readonly version: string };

/** So many boots without ever arriving are no start but a loop. */
export const BOOT_LOOP = 6;

const isVersion = (text: string | undefined): text is AxisVersion => AxisVersion.safeParse(text).success;

/** The versions that a reading names, each once; text that cannot be a version names none. */
export const versionsIn = (reading: Reading): AxisVersion[] => [
  ...new Set(Object.values(reading.versions).filter(isVersion)),
];

/** The one version that all sources agree on; null when none says or they differ. */
export function versionOf(reading: Reading): AxisVersion | null {
  const versions = versionsIn(reading);
  return versions.length === 1 ? (versions[0] ?? null) : null;
}

const same = (a: string, b: string): boolean => compareVersions(a, b) === 0;

/** How it is known that the device booted after the image was sent; null when it is not. Strongest first. */
export function bootProof({ before, seen }: Flash, reading: Reading): BootProof | null {
  if (!seen.lastChunk) return null;
  if (before.bootId !== null && reading.bootId !== null) {
    // A device that counts its boots is believed on it: the same count is the proof of no boot.
    return before.bootId === reading.bootId ? null : "bootId";
  }
  if (seen.restartedClock) return "uptime";
  if (seen.trialSlot) return "trialSlot";
  return seen.onAgain ? "offOn" : null;
}

/** Concludes from one look; `seen` must already hold what this look taught (`learn`). */
export function conclude(flash: Flash, reading: Reading): Conclusion {
  return whoAnswers(flash, reading) ?? whatItSays(reading) ?? whatItRuns(flash, reading);
}

function whoAnswers({ serial, seen }: Flash, reading: Reading): Conclusion | null {
  if (!reading.answers) return { kind: "silent" };
  if (reading.serial !== null && reading.serial !== serial) {
    return { kind: "replaced", serial: reading.serial };
  }
  if (reading.keyChanged) return { kind: "keyChanged" };
  if (reading.needsSetup) return { kind: "wiped" };
  if (reading.access === "denied") return { kind: "denied" };
  if (reading.busy) return { kind: "busy" };
  return seen.boots >= BOOT_LOOP && reading.ready === false ? { kind: "bootLoop" } : null;
}

function whatItSays(reading: Reading): Conclusion | null {
  const versions = versionsIn(reading);
  if (reading.serial === null || reading.access !== "granted" || versions.length === 0) {
    return { kind: "starting" };
  }
  return versions.length > 1 ? { kind: "contradicts" } : null;
}

function whatItRuns(flash: Flash, reading: Reading): Conclusion {
  const { before, seen } = flash;
  const version = versionsIn(reading)[0] ?? before.target;
  if (same(version, before.target)) return onTarget(version, reading);
  if (isOld(version, before)) {
    if (!seen.lastChunk) return { kind: "untouched" };
    // There and back again: no proof of a boot is needed to know that it was away.
    if (seen.target) return { kind: "rolledBack" };
    const boot = bootProof(flash, reading);
    if (boot === null) return { kind: "mayFlash" };
    return { kind: "cameBackOld", sure: boot !== "offOn" };
  }
  return { kind: compareVersions(version, before.target) > 0 ? "newer" : "other", version };
}

/** Where nobody knows what ran before, anything older than the target may have. */
const isOld = (version: string, { version: old, target }: Before): boolean =>
  old === null ? compareVersions(version, target) < 0 : same(version, old);

/** A commit flag that the generation has is waited for; one that is not shown means that nothing is left to commit. */
function onTarget(version: string, reading: Reading): Conclusion {
  if (reading.committed === false) return { kind: "trial" };
  const askable = offers(version, "firmwareManagement") && proofFor(version).commitFlag;
  if (askable && reading.versions.firmwareManagement === undefined) return { kind: "starting" };
  return { kind: "target" };
}
