import type { AuditEntry } from "@fyr/protocol";
import { breaksOf, hashAfter, type Break, type Head, type Link, type WalkOptions } from "../chain/chain.ts";
import type { Change } from "./store.ts";

/** An entry as it lies in a database: what was changed is text. */
export interface WrittenEntry extends Omit<AuditEntry, "before" | "after"> {
  readonly before: string;
  readonly after: string;
}

type Content = Pick<WrittenEntry, "at" | "actor" | "action" | "object" | "before" | "after">;

const bodyOf = ({ at, actor, action, object, before, after }: Content): string =>
  `${JSON.stringify([at, actor, action, object]).slice(1, -1)},${before},${after}`;

/** The entry that puts `change` after `head`. */
export function linkTo(head: Head, change: Change): AuditEntry {
  const { at, actor, action, object, before = null, after = null } = change;
  const body = bodyOf({ at, actor, action, object, ...written({ before, after }) });
  const { seq, hash: previous } = head;
  return { seq: seq + 1, at, actor, action, object, before, after, previous, hash: hashAfter(head, body) };
}

const written = ({ before, after }: Pick<AuditEntry, "before" | "after">) => ({
  before: JSON.stringify(before),
  after: JSON.stringify(after),
});

/** An entry as a link of its chain. */
export const linkOf = (entry: AuditEntry): Link => linkOfWritten({ ...entry, ...written(entry) });

/** A written entry as a link of its chain: every byte of the text counts, whatever value it stands for. */
export function linkOfWritten(entry: WrittenEntry): Link {
  const { seq, previous, hash, before, after } = entry;
  // Each of the two texts is one value, so that nothing can be moved from one to the other.
  const whole = isJson(before) && isJson(after);
  return { seq, previous, hash, body: whole ? bodyOf(entry) : null };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Where the chain of `entries` breaks; empty when all of it holds. */
export const auditBreaks = (entries: readonly AuditEntry[], options?: WalkOptions): readonly Break[] =>
  breaksOf(entries.map(linkOf), options);
