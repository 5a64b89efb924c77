import { compareVersions } from "@fyr/protocol";
import type { Reading } from "../ports.ts";
import { versionsIn, type Flash } from "./observe.ts";
import type { Seen } from "./records.ts";

/**
 * What one look adds to what was seen. Facts only accumulate: what a device once showed is not taken back, whatever
 * it shows next.
 *
 * @param watchedMs monotonic time since the look before, in this process
 */
export function learn(flash: Flash, reading: Reading, watchedMs: number): Seen {
  const { serial, before, seen } = flash;
  if (!seen.lastChunk) return seen;
  const watched = { ...seen, watchedMs: seen.watchedMs + watchedMs };
  if (!reading.answers) return { ...watched, off: true };
  if (reading.serial !== serial) return watched; // another device teaches nothing about ours
  return { ...watched, ...boots(flash, reading), target: seen.target || names(reading, before.target) };
}

const names = (reading: Reading, target: string): boolean =>
  versionsIn(reading).length > 0 &&
  versionsIn(reading).every((version) => compareVersions(version, target) === 0);

function boots({ before, seen }: Flash, reading: Reading): Partial<Seen> {
  const last = seen.bootId ?? before.bootId;
  const booted = reading.bootId !== null && last !== null && reading.bootId !== last;
  return {
    onAgain: seen.onAgain || seen.off,
    bootId: reading.bootId ?? seen.bootId,
    boots: seen.boots + (booted ? 1 : 0),
    trialSlot: seen.trialSlot || onTrialBeside(before.version, before.target, reading),
    restartedClock:
      seen.restartedClock ||
      (before.uptimeS !== null && reading.uptimeS !== null && reading.uptimeS < before.uptimeS),
  };
}

/** Uncommitted on the target, with what ran before in the slot beside it; where nobody knows that, anything else. */
function onTrialBeside(old: string | null, target: string, reading: Reading): boolean {
  const { committed, inactiveVersion: beside } = reading;
  if (committed !== false || beside === null || !names(reading, target)) return false;
  return compareVersions(beside, old ?? target) === 0 ? old !== null : old === null;
}
