import { Fault, type BootId, type SyncId } from "@fyr/protocol";
import type { TaskRecord } from "../../upgrades/task.ts";
import type { Refusal } from "./second-process.ts";
import type { LinkRecord } from "./store.ts";

/** After this without a word, the process that spoke for a site is taken for gone. */
export const BOOT_SILENT_MS = 60_000;

/** Boots that are remembered as over; one of them that speaks again is a second agent with the same identity. */
const REMEMBERED = 8;

export interface BootFacts {
  readonly bootId: BootId;
  readonly syncId: SyncId;
  readonly now: number;
  /** When the hub last heard of this agent. */
  readonly lastSeenAt: number | null;
  /** This process's first refusal, and when any last spoke for the site, as far as this hub remembers. */
  readonly refusal: Refusal | null;
  readonly spokenAt: number | null;
  /** After so long without a word nobody speaks for a site any more. */
  readonly silentMs: number;
  /** The request lists every job of which the hub has heard: it comes from the journal that the hub knows. */
  readonly continuous: () => boolean;
}

/**
 * Decides which process speaks for a site (upgrades.md 5.6). A new boot takes over at once when it brings the journal
 * that the hub knows, as every restart does, or when the one before has been silent for a minute. A boot that was
 * replaced runs beside the new one from a copied folder, and is refused. But what replaced it may have been the late
 * word of a process that is long dead: whoever goes on speaking, while the other has not said a word since, is let in
 * again.
 *
 * @returns what changes in the link; null when nothing does
 * @throws Fault SITE_ALREADY_BOUND for the boot that may not speak
 */
export function judgeBoot(link: LinkRecord, facts: BootFacts): Partial<LinkRecord> | null {
  const { bootId, now, continuous } = facts;
  const heardAt = heard(facts);
  if (link.bootId === bootId) return null;
  if (link.displaced.includes(bootId) && !isLeftAlone(facts))
    throw new Fault("SITE_ALREADY_BOUND", { reason: "a newer start of this agent speaks for the site" });
  const silent = heardAt === null || now - heardAt >= BOOT_SILENT_MS;
  if (link.bootId !== null && !silent && !continuous()) {
    throw new Fault("SITE_ALREADY_BOUND", { reason: "another process speaks for the site and knows more" });
  }
  const others = link.displaced.filter((other) => other !== bootId);
  const displaced = link.bootId === null ? others : [link.bootId, ...others].slice(0, REMEMBERED);
  return { bootId, bootSince: now, displaced };
}

/** A time that is still to come was noted by a clock that was wrong: it tells nothing. */
const heard = ({ lastSeenAt, now }: BootFacts): number | null =>
  lastSeenAt !== null && lastSeenAt <= now ? lastSeenAt : null;

/** Nobody has spoken for a while, and this one, refused before that, says something new: no echo of what it once said. */
const isLeftAlone = ({ refusal, spokenAt, silentMs, syncId, now }: BootFacts): boolean =>
  refusal !== null && syncId > refusal.syncId && now - Math.max(refusal.at, spokenAt ?? 0) >= silentMs;

/** Whether each job that the agent has ever spoken of is among those that it speaks of now. */
export const isContinuous = (tasks: readonly TaskRecord[], listed: ReadonlySet<string>): boolean =>
  tasks.every(({ jobOpen, seqHigh, id, epoch }) => !jobOpen || seqHigh === 0 || listed.has(`${id} ${epoch}`));
