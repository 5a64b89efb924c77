import { canonicalJson } from "../canonical.ts";
import type { JobEvent } from "./event.ts";

/** What stands in `previous` of a job's first event. */
export const CHAIN_START = "0".repeat(64);

type Unhashed<E> = E extends JobEvent ? Omit<E, "hash"> : never;
export type UnhashedEvent = Unhashed<JobEvent>;

/**
 * What `hash` of an event is the SHA-256 of: the whole event but `hash` itself, and so the event before too. The hash
 * is made where SHA-256 is at hand; this package stays free of it so that it runs in a browser.
 */
export function chainSource(event: UnhashedEvent | JobEvent): string {
  return canonicalJson({ ...event, hash: undefined });
}
