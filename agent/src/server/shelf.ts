import { isFault, type JobId } from "@fyr/protocol";
import type { Logger } from "@fyr/runtime";
import type { StateStore } from "../ports.ts";
import { ServerJobRecord } from "./records.ts";

const PREFIX = "server/job/";

/** The journal of jobs at servers. `keep` returns when the disk has the whole row. */
export interface ServerShelf {
  all(): ServerJobRecord[];
  /** @throws Fault DISK_FULL, STORE_FAILED */
  keep(record: ServerJobRecord): void;
  read(jobId: JobId): ServerJobRecord | null;
  forget(jobId: JobId): void;
}

export function serverShelf(store: StateStore, log: Logger): ServerShelf {
  const keyOf = (jobId: string) => PREFIX + jobId;

  function read(jobId: string): ServerJobRecord | null {
    const bytes = store.get(keyOf(jobId));
    return bytes && ServerJobRecord.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  }

  /** A damaged row says nothing: the traces on the host tell what was begun, and the hub has the job looked at. */
  function readable(jobId: string): ServerJobRecord[] {
    try {
      const record = read(jobId);
      return record ? [record] : [];
    } catch (error) {
      if (isFault(error, "STORE_FAILED", "DISK_FULL")) throw error;
      log.error({ error, jobId }, "row of a server's job is damaged and left aside");
      return [];
    }
  }

  return {
    all: () =>
      store
        .keys(PREFIX)
        .flatMap((key) => readable(key.slice(PREFIX.length)))
        .sort((a, b) => a.acceptedAt - b.acceptedAt || a.epoch - b.epoch),
    keep: (record) => store.put(keyOf(record.jobId), Buffer.from(JSON.stringify(record))),
    read,
    forget: (jobId) => store.remove(keyOf(jobId)),
  };
}
