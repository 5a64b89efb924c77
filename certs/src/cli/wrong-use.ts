import { faultText, isFault } from "@fyr/protocol";

/** The command was called in a way that cannot work; the message says what to do instead. */
export class WrongUse extends Error {
  override readonly name = "WrongUse";
}

const OPERATING_SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: "There is no such file or folder",
  EACCES: "This may not be read or written by you",
  EISDIR: "This is a folder",
  ENOSPC: "The disk is full",
  EROFS: "The disk is read-only",
};

/** One clear sentence or two about an expected failure; undefined for a broken assumption, which shows its stack. */
export function clearWords(error: unknown): string | undefined {
  if (error instanceof WrongUse) return error.message;
  if (isFault(error)) {
    const { what, now, remedy } = faultText(error.code, "en");
    const facts = Object.keys(error.details).length > 0 ? ` ${JSON.stringify(error.details)}` : "";
    return `${what} ${now} ${remedy} (${error.code}${facts})`;
  }
  const { code = "", path } = error as NodeJS.ErrnoException;
  const words = OPERATING_SYSTEM[code];
  return words && path !== undefined ? `${words}: ${path} (${code})` : undefined;
}
