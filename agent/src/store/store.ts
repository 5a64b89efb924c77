import type { StateStore } from "../ports.ts";
import type { Journal } from "../upgrade/journal.ts";
import type { Disk } from "./disk.ts";
import { guard } from "./guard.ts";
import { sqliteJournal } from "./journal.ts";
import { stateStore } from "./state.ts";

/** What an agent remembers, in one file. */
export interface Store {
  readonly journal: Journal;
  readonly state: StateStore;
  close(): void;
}

/** @throws Fault JOURNAL_NEWER, JOURNAL_CORRUPT, DISK_FULL, STORE_FAILED; the agent then does not start */
export function openStore(disk: Disk): Store {
  const guarded = guard(disk);
  return { journal: sqliteJournal(guarded), state: stateStore(guarded), close: () => guarded.close() };
}
