import { z } from "zod";

/** Milliseconds since 1970, as the sender's wall clock shows them: a label, never an order. */
export const Timestamp = z.int().nonnegative();

/** A length of time in whole milliseconds. */
export const Millis = z.int().nonnegative();

export const Bytes = z.int().nonnegative();

export const Percent = z.number().min(0).max(100);

/** `12.11.77`, `9.80.3.9`, `12.0.0-beta1`: two to four numbers, a suffix for previews (vapix.md 5.1). */
export const AxisVersion = z
  .string()
  .max(40)
  .regex(/^\d{1,6}(\.\d{1,6}){1,3}(-[0-9A-Za-z.]{1,16})?$/, "expected an AXIS OS version, e.g. 12.11.77");
export type AxisVersion = z.infer<typeof AxisVersion>;

/** Text from people or devices: bounded, no control characters (they would forge log lines). */
export const Label = z
  .string()
  .trim()
  .min(1)
  .max(120)
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is refused here
  .regex(/^[^\u0000-\u001f\u007f]*$/, "must not hold control characters");

/**
 * An e-mail address as it is kept and compared: trimmed and in lower case, on every way in. No tricks with dots
 * or plus signs: what stands before the @ is the other host's business.
 */
export const EmailAddress = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(z.regexes.email, "expected an e-mail address")
  .brand<"EmailAddress">();
export type EmailAddress = z.infer<typeof EmailAddress>;

const parts = (version: string): number[] =>
  (version.split("-", 1)[0] ?? "").split(".").map((part) => Number.parseInt(part, 10) || 0);

/**
 * Orders AXIS OS versions number by number, a missing part being 0; a preview comes before its release.
 *
 * @returns negative when `a` is older, 0 when equal, positive when newer
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePreviews(a.split("-")[1], b.split("-")[1]);
}

function comparePreviews(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b ? -1 : 1;
}

export const isNewer = (candidate: string, than: string): boolean => compareVersions(candidate, than) > 0;
