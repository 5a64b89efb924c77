import type { Random } from "@fyr/runtime";

/** A certificate's serial number: 128 random bits as 32 lower-case hex digits; the all-zero draw is never used. */
export function newSerial(random: Random): string {
  const serial = Buffer.from(random.bytes(16)).toString("hex");
  return /^0+$/.test(serial) ? newSerial(random) : serial;
}

/** One spelling for serials from any source: lower case, no leading zeros lost. */
export const serialText = (hex: string): string => hex.toLowerCase().padStart(32, "0");
