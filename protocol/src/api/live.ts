import { z } from "zod";
import { Timestamp } from "../scalars.ts";

/** One change in an organisation, told to those who may see what was changed. Who did it, and what it was, they ask. */
export const LiveNotice = z
  .strictObject({
    /** The entry's place in the organisation's audit. */
    seq: z.int().positive(),
    at: Timestamp,
    /** What was done, e.g. `task.cancelled`. */
    action: z.string(),
    /** What kind of thing it was done to: what stands before the dot. */
    kind: z.string(),
    /** Its id. */
    object: z.string(),
  })
  .meta({ id: "LiveNotice" });
export type LiveNotice = z.infer<typeof LiveNotice>;

/** What the live stream sends: text frames of this form, and nothing else. */
export const LiveFrame = z
  .strictObject({
    /** Everything up to here was told, as far as the reader may see it: what `?after=` continues from. */
    seq: z.int().nonnegative(),
    /** Oldest first; empty in the first frame and in a heart-beat. */
    notices: z.array(LiveNotice),
    /** True when the stream could not continue from where it was asked to: read everything anew. */
    reset: z.literal(true).optional(),
  })
  .meta({ id: "LiveFrame" });
export type LiveFrame = z.infer<typeof LiveFrame>;

/** Why the hub ends a stream, as WebSocket close codes. */
export const LIVE_CLOSE = {
  /** Going down; come back. */
  goingAway: 1001,
  /** The reader does not keep up; continue from the last `seq`. */
  tooSlow: 1013,
  /** The session or the key is over. */
  unauthenticated: 4401,
  /** No member any more. */
  notFound: 4404,
  /** The organisation was archived. */
  archived: 4410,
  /** Too many streams of one member. */
  tooMany: 4429,
} as const;
