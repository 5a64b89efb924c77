import { isWrite, type Call } from "./trace.ts";

/** What a process wrote to its database's write-ahead log, and when the disk had it. */
export interface WriteAheadLog {
  readonly writes: readonly Call[];
  /** Those that succeeded. */
  readonly syncs: readonly Call[];
  /** When the disk was known to have what this call wrote, in seconds; infinity when it never was. */
  syncedAt(write: Call): number;
  /** The first write that holds what `wanted` finds. SQLite writes whole pages: later ones hold it again. */
  first(wanted: RegExp): Call | undefined;
  /** Every text that `wanted` finds, by when it was first written. */
  all(wanted: RegExp): ReadonlyMap<string, Call>;
}

const plain = (text: string): string => text.replaceAll('\\"', '"');

export function writeAheadLog(calls: readonly Call[], path: string): WriteAheadLog {
  const own = calls.filter(({ on }) => on === path);
  const writes = own.filter(isWrite);
  const syncs = own.filter(({ name, result }) => /^f(data)?sync$/.test(name) && result === 0);
  const found = (wanted: RegExp) =>
    writes.flatMap((write) =>
      [...plain(write.text).matchAll(new RegExp(wanted, "g"))].map(([, text = ""]) => ({ text, write })),
    );
  return {
    writes,
    syncs,
    syncedAt: (write) => syncs.find(({ began }) => began > write.ended)?.endedAt ?? Number.POSITIVE_INFINITY,
    first: (wanted) => writes.find(({ text }) => wanted.test(plain(text))),
    all: (wanted) =>
      new Map(
        found(wanted)
          .reverse()
          .map(({ text, write }) => [text, write]),
      ),
  };
}
