import { Fault, isFault } from "@fyr/protocol";
import { connect, storeFault } from "./connection.ts";
import type { Disk } from "./disk.ts";
import { openSession, type Session } from "./session.ts";

/** The one connection of a store, and what happens to it when the disk fails. */
export interface Guard {
  /**
   * Runs one transaction; when it returns, the disk has it. A full disk costs the ballast first.
   *
   * @throws Fault DISK_FULL: nothing was written. STORE_FAILED, JOURNAL_CORRUPT: nobody knows, and nothing more is
   * written until `heal`
   */
  write(work: (session: Session) => void): void;
  read<T>(work: (session: Session) => T): T;
  roomy(): boolean;
  heal(): boolean;
  close(): void;
}

export function guard(disk: Disk): Guard {
  let session = openSession(connect(disk));
  let failure: Fault | undefined;
  let low = !disk.reserve();

  function attempt<T>(work: () => T): T {
    if (failure) throw new Fault(failure.code, failure.details, { cause: failure });
    try {
      return work();
    } catch (error) {
      const fault = storeFault(error);
      if (isFault(fault, "STORE_FAILED", "JOURNAL_CORRUPT") && fault !== error) failure = fault;
      throw fault;
    }
  }

  function write(work: (session: Session) => void): void {
    const commit = () => session.transaction(work);
    try {
      attempt(commit);
    } catch (error) {
      if (!isFault(error, "DISK_FULL")) throw error;
      low = true;
      if (!disk.release()) throw error;
      attempt(commit);
    }
  }

  return {
    write,
    read: (work) => attempt(() => work(session)),
    roomy: () => !failure && (!low || !(low = !disk.reserve())),
    heal() {
      if (!failure) return true;
      try {
        session.close();
        session = openSession(connect(disk));
        failure = undefined;
      } catch {
        return false; // asked again later; `failure` still says why
      }
      return true;
    },
    close: () => session.close(),
  };
}
