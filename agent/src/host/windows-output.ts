import { z } from "zod";

/**
 * What the programs of Windows print, read. Labels are in the language of the host; what is read here is not: names of
 * registry values, keywords of states, XML and JSON.
 */

/** A value of `reg.exe query`; a number for a DWORD. Null when it is not there. */
export function registryValue(out: string | null, name: string): string | number | null {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const found = new RegExp(`^\\s+${escaped}\\s+(REG_\\w+)\\s+(.*?)\\s*$`, "m").exec(out ?? "");
  if (!found) return null;
  const [, type, text = ""] = found;
  return type === "REG_DWORD" ? Number(text) : text;
}

/** The first key that `reg.exe query /s /f` found something under. */
export const registryKey = (out: string | null): string | null =>
  /^(HKEY_[A-Z_]+\\\S.*?)\s*$/m.exec(out ?? "")?.[1] ?? null;

const STATES = {
  STOPPED: "stopped",
  STOP_PENDING: "stopped",
  PAUSED: "stopped",
  PAUSE_PENDING: "stopped",
  START_PENDING: "starting",
  CONTINUE_PENDING: "starting",
  RUNNING: "running",
} as const;

/** How a service stands, by `sc.exe query`; null for text that names no state. */
export function serviceState(out: string): "running" | "starting" | "stopped" | null {
  const word = /:\s*[1-7]\s+([A-Z_]+)\b/.exec(
    out
      .split("\n")
      .filter((line) => /:\s*[1-7]\s+(?!WIN32|KERNEL|FILE_SYSTEM|USER)[A-Z_]+/.test(line))
      .join("\n"),
  )?.[1];
  return word !== undefined && word in STATES ? STATES[word as keyof typeof STATES] : null;
}

/** What a service is called for people, by `sc.exe GetDisplayName`. */
export const displayName = (out: string): string | null => /=\s*(\S.*?)\s*$/m.exec(out)?.[1] ?? null;

const TICKS_PER_MS = 10_000n;
const EPOCH_MS = 11_644_473_600_000n;

/** Milliseconds since 1970 of a FILETIME, which counts from 1601. */
export const fileTimeMs = (text: string): number | null =>
  /^\d{17,19}$/.test(text.trim()) ? Number(BigInt(text.trim()) / TICKS_PER_MS - EPOCH_MS) : null;

/** Events of the service control manager that say: it ended unexpectedly and is started again. */
export const crashQuery = (sinceMs: number): string =>
  `*[System[Provider[@Name='Service Control Manager'] and EventID=7031 and TimeCreated[@SystemTime>='${new Date(sinceMs).toISOString()}']]]`;

const unescaped = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&apos;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

/** How many of the events, as `wevtutil.exe qe /f:xml` prints them, are about a service of this name for people. */
export const crashesOf = (xml: string, name: string): number =>
  [...xml.matchAll(/<Data Name=['"]param1['"]>([^<]*)<\/Data>/g)].filter(
    ([, of = ""]) => unescaped(of) === name,
  ).length;

const Disk = z.object({
  DeviceID: z.string().regex(/^[A-Z]:$/),
  Size: z.int().positive(),
  FreeSpace: z.int().nonnegative(),
});

export interface DiskSeen {
  readonly name: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** Disks of a host, which PowerShell prints as one object or as a list; null for anything else. */
export function disks(out: string): DiskSeen[] | null {
  const said = parsed(out);
  const read = z.array(Disk).safeParse(Array.isArray(said) ? said : [said]);
  if (!read.success) return null;
  return read.data.map(({ DeviceID: name, Size: totalBytes, FreeSpace: freeBytes }) => ({
    ...{ name, totalBytes, freeBytes },
  }));
}

function parsed(out: string): unknown {
  try {
    return JSON.parse(out.replace(/^\uFEFF/, "").trim());
  } catch {
    return null;
  }
}
