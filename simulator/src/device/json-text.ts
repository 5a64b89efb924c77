/**
 * The three ways in which devices write JSON (vapix.md 8, trap 5). Clients that compare text, or that
 * read up to a newline, tell them apart.
 */

/** Two spaces of indent and a newline at the end: firmware management, network settings. */
export const pretty = (value: unknown): string => `${prettyBare(value)}\n`;

/** Two spaces of indent, no newline: everything below `/config`. */
export const prettyBare = (value: unknown): string => JSON.stringify(value, null, 2);

/** One line with `", "` and `": "`, no newline: systemready. */
export function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `${JSON.stringify(name)}: ${spaced(field)}`);
  return `{${fields.join(", ")}}`;
}

/** As `spaced`, with a newline at the end: basic device info. */
export const spacedLine = (value: unknown): string => `${spaced(value)}\n`;
