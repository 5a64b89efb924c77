import { createHash } from "node:crypto";
import { CHAIN_START, type AuditEntry } from "@fyr/protocol";
import type { Change } from "./store.ts";

/** The last link of a chain. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

type Sealed = Omit<AuditEntry, "hash">;

const seal = ({ seq, at, actor, action, object, before, after, previous }: Sealed): string =>
  createHash("sha256")
    .update(JSON.stringify([previous, seq, at, actor, action, object, before, after]))
    .digest("hex");

/** The entry that puts `change` after `head`. */
export function linkTo(head: Head, change: Change): AuditEntry {
  const { at, actor, action, object, before = null, after = null } = change;
  const open: Sealed = { seq: head.seq + 1, at, actor, action, object, before, after, previous: head.hash };
  return { ...open, hash: seal(open) };
}

/** The first sequence number at which the chain does not hold; null when all of it does. */
export function brokenAt(
  entries: readonly AuditEntry[],
  start: Head = { seq: 0, hash: CHAIN_START },
): number | null {
  let head = start;
  for (const entry of entries) {
    const holds = entry.seq === head.seq + 1 && entry.previous === head.hash && entry.hash === seal(entry);
    if (!holds) return entry.seq;
    head = entry;
  }
  return null;
}
