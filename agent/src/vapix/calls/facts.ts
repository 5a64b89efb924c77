import { AxisVersion, Serial } from "@fyr/protocol";

/** Devices may write anything: what does not look like the thing it should be counts as not said. */
export const serialFrom = (text: string | undefined): Serial | null =>
  Serial.safeParse(text?.trim().toUpperCase()).data ?? null;

export const versionFrom = (text: string | undefined): string | undefined =>
  AxisVersion.safeParse(text?.trim()).data;

/** A name as people may read it: no control characters, no more than `longest` characters; null when nothing is left. */
export function labelFrom(text: string | undefined, longest = 120): string | null {
  const shown = text?.replace(/\p{C}/gu, "").trim().slice(0, longest).trim();
  return shown ? shown : null;
}
