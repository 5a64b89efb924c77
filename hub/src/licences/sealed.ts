import { canonicalJson } from "@fyr/protocol";
import type { Draft } from "./journal.ts";

/** What the chain seals of a record: everything, and no name of a person (L-80). */
export const bodyOf = ({ id, type, effectiveOn, recordedAt, actor, entries, facts }: Draft): string =>
  canonicalJson({ id, type, effectiveOn, recordedAt, actor, entries, facts });

/** A record as it was sealed. */
export const draftOf = (body: string): Draft => JSON.parse(body) as Draft;
