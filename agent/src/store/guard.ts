import { Fault, isFault } from "@fyr/protocol";
import { connect, storeFault } from "./connection.ts";
import type { Disk } from "./disk.ts";
import { openSession, type Session } from "./session.ts";

/** The one connection of a store, and what happens to it when the disk fails. */
export interface Guard {
  /**
   * Runs one transaction; when it returns, the disk has it. A full disk costs the ballast first.
   *
   * @throws Fault DISK_FULL: nothing was written. STORE_FAILED, JOURNAL_CORRUPT: nobody knows; the connection is given
   * up, and the next call opens the file anew and finds out what is there
   */
  write(work: (session: Session) => void): void;
  read<T>(work: (session: Session) => T): T;
  /** Whether the space that is kept back is there, or could be taken again. */
  roomy(): boolean;
  /** Opens the file anew if that is needed; false when it is still no use. */
  heal(): boolean;
  close(): void;
}

export function guard(disk: Disk): Guard {
  let session: Session | null = openSession(connect(disk));
  let low = !disk.reserve();

  function attempt<T>(work: (session: Session) => T): T {
    // Neither written where nobody looks, nor begun anew without what it held.
    if (disk.isInPlace?.() === false) throw new Fault("STORE_FAILED", { store: "moved or deleted" });
    const open = (session ??= openSession(connect(disk)));
    try {
      return work(open);
    } catch (error) {
      const fault = storeFault(error);
      if (fault !== error && !isFault(fault, "DISK_FULL")) giveUp();
      throw fault;
    }
  }

  /** What a failed connection still holds in memory may not be what the disk holds. */
  function giveUp(): void {
    session?.close();
    session = null;
  }

  function write(work: (session: Session) => void): void {
    const commit = (open: Session) => open.transaction(work);
    try {
      attempt(commit);
    } catch (error) {
      if (!isFault(error, "DISK_FULL")) throw error;
      low = true;
      if (!disk.release()) throw error;
      attempt(commit);
    }
  }

  function heal(): boolean {
    try {
      attempt(() => {});
      return true;
    } catch {
      return false; // asked again later
    }
  }

  return {
    write,
    read: attempt,
    roomy: () => heal() && (!low || !(low = !disk.reserve())),
    heal,
    close: giveUp,
  };
}
