import { z } from "zod";

/** Seconds of the device's own time, which its speed divides. */
const seconds = z.number().nonnegative();
const bytes = z.int().nonnegative();
const times = z.int().positive().default(1);
const offSeconds = seconds.default(5);

/**
 * Everything that can be made to go wrong with a device, as it is written in JSON. Bytes count the body of the
 * upload request, the frame around the image included.
 */
export const FaultSpec = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("power-cut-in-upload"), atByte: bytes, offSeconds, times }),
  z.strictObject({
    kind: z.literal("power-cut-in-flash"),
    /** Which part of the writing was done. */
    percent: z.number().min(0).max(100),
    offSeconds,
    /** `new`: the image was whole already. `rescue`: nothing boots any more, systemready stays "no". */
    comesBack: z.enum(["old", "new", "rescue"]).default("old"),
    times,
  }),
  z.strictObject({ kind: z.literal("power-cut-on-trial"), afterSeconds: seconds, offSeconds, times }),
  /** The upload stops being read at a byte, for real seconds; without them for ever. */
  z.strictObject({
    kind: z.literal("stall"),
    atByte: bytes,
    realSeconds: z.number().positive().optional(),
    times,
  }),
  /** Uploads are read at this rate of real time. */
  z.strictObject({
    kind: z.literal("slow"),
    bytesPerSecond: z.int().positive(),
    times: z.int().positive().optional(),
  }),
  /** Every login fails from now on, as after a change of password. */
  z.strictObject({ kind: z.literal("unauthorized") }),
  /** Another device answers at this address: from now on, or once this one has restarted. */
  z.strictObject({
    kind: z.literal("wrong-serial"),
    serial: z.string().regex(/^[0-9A-F]{12}$/),
    from: z.enum(["now", "restart"]).default("now"),
  }),
  /** Firmware requests answer 423. */
  z.strictObject({ kind: z.literal("busy"), times }),
  /** Takes an image, tells its version from then on, and neither writes nor restarts. */
  z.strictObject({ kind: z.literal("tells-new-version") }),
  /** Writes and restarts, and goes on telling the old version. */
  z.strictObject({ kind: z.literal("tells-old-version") }),
  /** The connection drops once the whole body has arrived; the image is written all the same. */
  z.strictObject({ kind: z.literal("answer-lost"), times }),
  /** As `answer-lost`, but the connection stays open and silent until the restart. */
  z.strictObject({ kind: z.literal("answer-withheld"), times }),
  /** Answers 500 at once and writes the image. */
  z.strictObject({ kind: z.literal("answers-500-but-flashes"), times }),
  /** Answers with success and does nothing. */
  z.strictObject({ kind: z.literal("answers-200-but-refuses"), times }),
  z.strictObject({ kind: z.literal("never-returns") }),
  /** Stays off the network for this long in a restart. */
  z.strictObject({ kind: z.literal("returns-late"), afterSeconds: seconds, times }),
  z.strictObject({ kind: z.literal("returns-defaulted"), times }),
  /** The new image crashes while it starts: the device goes back by itself. */
  z.strictObject({ kind: z.literal("crashes-on-boot"), times }),
  /** With the new image it never gets ready. */
  z.strictObject({ kind: z.literal("never-ready") }),
  /** Goes back to the old image long after the upgrade, committed or not, while it still holds it. */
  z.strictObject({ kind: z.literal("rolls-back-later"), afterSeconds: seconds, times }),
  /** Shows a new certificate after a restart. */
  z.strictObject({ kind: z.literal("new-certificate"), times }),
]);
export type FaultSpec = z.infer<typeof FaultSpec>;
export type FaultKind = FaultSpec["kind"];
export type SpecOf<K extends FaultKind> = Extract<FaultSpec, { kind: K }>;

/** A fault as a test writes it: defaults left out. */
export type FaultInput = z.input<typeof FaultSpec>;
