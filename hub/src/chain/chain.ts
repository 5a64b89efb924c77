import { createHash } from "node:crypto";
import { CHAIN_START } from "@fyr/protocol";

/**
 * A log in which each entry seals the one before it, so that none can be altered, moved or taken out without a trace.
 * The audit is one such log for each organisation; whoever keeps another hands in other bodies.
 */

/** The end of a chain, or of a part of it. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** An entry as the chain sees it. */
export interface Link extends Head {
  /** Hash of the entry before. */
  readonly previous: string;
  /**
   * The entry's own content: values as JSON with commas between, and always the same bytes for the same content.
   * Null when what was found could not have been written.
   */
  readonly body: string | null;
}

/** What comes before the first entry. */
export const START: Head = { seq: 0, hash: CHAIN_START };

const seal = (previous: string, seq: number, body: string): string =>
  createHash("sha256")
    .update(`[${JSON.stringify(previous)},${seq},${body}]`)
    .digest("hex");

/** The hash of the entry with `body` that follows `head`. */
export const hashAfter = (head: Head, body: string): string => seal(head.hash, head.seq + 1, body);

/**
 * - `gap`: the entry is not there, later ones are;
 * - `reordered`: it is there, but behind later ones;
 * - `altered`: its content is not what was sealed;
 * - `unlinked`: it is whole in itself but does not follow the entry before it;
 * - `tail missing`: the chain ends before an entry that is known to have been there;
 * - `rewritten`: another entry stands where one is known to have been.
 */
export type Breach = "gap" | "reordered" | "altered" | "unlinked" | "tail missing" | "rewritten";

/** Where a chain does not hold, and why. */
export interface Break {
  readonly seq: number;
  readonly why: Breach;
}

/** Follows a chain link by link, in memory that does not grow with it. */
export interface Walk {
  /** The next link, in the order in which it was found. */
  take(link: Link): void;
  /** After the last link: where the chain breaks, by sequence; empty when all of it holds. */
  end(): { readonly head: Head; readonly links: number; readonly breaks: readonly Break[] };
}

export interface WalkOptions {
  /** What the first link has to follow; a part of a chain begins at the link before it. */
  readonly start?: Head;
  /** Ends that were seen earlier, say in an export. The chain has to go through each of them. */
  readonly known?: readonly Head[];
  /** Breaks that are worth telling; the walk goes on, so that their number stays bounded. */
  readonly most?: number;
}

const MOST_BREAKS = 10_000;

export function walk({ start = START, known = [], most = MOST_BREAKS }: WalkOptions = {}): Walk {
  const breaks = new Map<number, Breach>();
  const awaited = new Map(known.filter(({ seq }) => seq > start.seq).map(({ seq, hash }) => [seq, hash]));
  let head = start;
  let links = 0;
  const found = (seq: number, why: Breach): void => {
    if (breaks.size < most && !breaks.has(seq)) breaks.set(seq, why);
  };
  return {
    take(link) {
      links++;
      if (link.seq <= head.seq) {
        // It was missed where it belongs; the walk goes on from the later one.
        breaks.delete(link.seq);
        found(link.seq, "reordered");
        return;
      }
      const gap = link.seq !== head.seq + 1;
      if (gap) found(head.seq + 1, "gap");
      const why = breachOf(head, link, gap, awaited.get(link.seq));
      awaited.delete(link.seq);
      if (why) found(link.seq, why);
      head = { seq: link.seq, hash: link.hash };
    },
    end() {
      for (const [seq] of awaited) found(seq, seq > head.seq ? "tail missing" : "gap");
      const sorted = [...breaks].sort(([one], [other]) => one - other);
      return { head, links, breaks: sorted.map(([seq, why]) => ({ seq, why })) };
    },
  };
}

function breachOf(head: Head, link: Link, gap: boolean, known: string | undefined): Breach | null {
  const { previous, seq, body, hash } = link;
  if (body === null || seal(previous, seq, body) !== hash) return "altered";
  if (!gap && link.previous !== head.hash) return "unlinked";
  return known !== undefined && known !== link.hash ? "rewritten" : null;
}

/** Where the chain of `links` breaks, all of it at hand. */
export function breaksOf(links: Iterable<Link>, options: WalkOptions = {}): readonly Break[] {
  const walked = walk(options);
  for (const link of links) walked.take(link);
  return walked.end().breaks;
}
