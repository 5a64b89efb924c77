/** What is held after every step, by the number that an accusation names (upgrades.md 5.9, security.md 4.5). */
export const INVARIANTS: Readonly<Record<string, string>> = {
  I1: "at most one job of a device has begun to change it, over all agents",
  I2: "whatever is sent to a device was announced before, durably",
  I3: "an image goes only to the device that its order means",
  I4: "what is sent is, byte for byte, what was signed",
  I7: "what has ended stays as it ended",
  I8: "every task ends, or says what it waits for, whose turn it is and until when",
  I9: "of every job's events the hub has them all, up to the newest",
  I10: "an image crosses the line to a site once",
  I12: "a success is proven by every reading that the device offers, and by a boot",
  I13: "counters equal a recount",
  I14: "no row of one organisation is in an answer to another",
  X0: "no process breaks in a way that nobody foresaw",
  X1: "no device is flashed twice",
  X3: "what was acknowledged is in every later durable state",
  X5: "whatever is shown to somebody belongs to their organisation",
  X6: "a device is sent only what the publishers signed for its model",
  X8: "no more happens at once than is allowed",
  X10: "no password of a device leaves its site",
  X11: "one entry of the audit for each change, chained without a gap",
  X12: "when the storm is over, everything comes to its end",
  X13: "tasks move along the drawn edges only",
  X14: "nothing of a revoked agent is answered",
  X15: "a world depends on its options alone: not on the machine, its clock or chance",
  X16: "a device is called upgraded only when it is",
};

/** The sentences of an accusation, which may be of several invariants: `I2 X6`. */
export const sentenceOf = (invariant: string): string =>
  invariant
    .split(" ")
    .flatMap((number) => INVARIANTS[number] ?? [])
    .join("; ");
