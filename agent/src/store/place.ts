import { statSync } from "node:fs";

/** What tells one file from another that has its name; undefined when there is none. */
export function placeOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}
