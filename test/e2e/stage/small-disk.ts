import { execFile } from "node:child_process";
import { appendFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Only the superuser may make a file system. */
export const mayMount = process.platform === "linux" && process.getuid?.() === 0;

/** A file system of its own, in memory, that runs full when it is told to. */
export interface SmallDisk {
  /** Takes every byte that is left. */
  fill(): Promise<void>;
  /** Gives them back. */
  free(): Promise<void>;
  resize(megabytes: number): Promise<void>;
  remove(): Promise<void>;
}

const PIECE = Buffer.alloc(64 * 1024);

export async function smallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "fyr-test", folder]);
  const filler = join(folder, "filler");
  return {
    async fill() {
      for (const bytes of [PIECE, PIECE.subarray(0, 4096)]) {
        try {
          for (;;) await appendFile(filler, bytes);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        }
      }
    },
    free: () => rm(filler, { force: true }),
    resize: async (size) => void (await run("mount", ["-o", `remount,size=${size}m`, folder])),
    remove: async () => void (await run("umount", ["-l", folder])),
  };
}
