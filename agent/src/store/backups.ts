import { join } from "node:path";
import { Fault } from "@fyr/protocol";
import type { Files } from "@fyr/runtime";
import type { Backups } from "../upgrade/ports.ts";

/** Device settings as they were before the newest upgrade, one file per device, readable by the agent alone. */
export const fileBackups = (files: Files, folder: string): Backups => ({
  async keep(serial, bytes) {
    try {
      await files.ensureFolder(folder);
      await files.replace(join(folder, `${serial}.backup`), bytes, 0o600);
    } catch (error) {
      const isFull =
        error instanceof Error && "code" in error && ["ENOSPC", "EDQUOT"].includes(String(error.code));
      throw new Fault(
        isFull ? "DISK_FULL" : "BACKUP_FAILED",
        { reason: "could not be written" },
        { cause: error },
      );
    }
  },
});
