import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname } from "node:path";

/** An open file, read and written at named positions so that one buffer can serve a whole image. */
export interface OpenFile {
  /** Fills `into` from `position`; returns the bytes read, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  /** Resolves when everything written so far survives a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The disk of one process. Paths are absolute. What was not synced may be gone after a power cut.
 * Errors are Node's own (`code` is `ENOENT`, `ENOSPC`, `EIO`, `EROFS` …).
 */
export interface Files {
  /** `read` demands that the file exists; `write` creates it when missing and keeps what it holds. */
  open(path: string, mode: "read" | "write"): Promise<OpenFile>;
  /** The whole file, or null when there is none. For small files only. */
  read(path: string): Promise<Uint8Array | null>;
  /** Replaces the file in one step that survives a power cut: temporary file, sync, rename, sync of the folder. */
  replace(path: string, bytes: Uint8Array, permissions?: number): Promise<void>;
  /** Renames and syncs the folder. */
  rename(from: string, to: string): Promise<void>;
  /** Null when there is no such file. */
  stat(path: string): Promise<{ sizeBytes: number; modifiedMs: number } | null>;
  /** Names in a folder, sorted; empty when the folder does not exist. */
  list(folder: string): Promise<string[]>;
  /** No error when it is gone already. */
  remove(path: string): Promise<void>;
  ensureFolder(path: string): Promise<void>;
  /** Bytes that this process may still write below `path`. */
  freeBytes(path: string): Promise<number>;
}

const missing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (missing(error)) return null;
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return; // Windows cannot open a folder to sync it
  const folder = await fs.open(path, constants.O_RDONLY);
  await folder.sync().finally(() => folder.close());
}

function wrap(handle: fs.FileHandle): OpenFile {
  return {
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    async write(bytes, position) {
      for (let done = 0; done < bytes.length;) {
        done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
      }
    },
    truncate: (sizeBytes) => handle.truncate(sizeBytes),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

async function writeSynced(path: string, bytes: Uint8Array, permissions: number): Promise<void> {
  await fs.rm(path, { force: true });
  const handle = await fs.open(path, "wx", permissions);
  await handle
    .writeFile(bytes)
    .then(() => handle.sync())
    .finally(() => handle.close());
}

/** The real disk. */
export const systemFiles: Files = {
  async open(path, mode) {
    const flags = mode === "read" ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT;
    return wrap(await fs.open(path, flags, 0o600));
  },
  read: (path) => orNull(fs.readFile(path)),
  async replace(path, bytes, permissions = 0o600) {
    const draft = `${path}.new`;
    try {
      await writeSynced(draft, bytes, permissions);
      await systemFiles.rename(draft, path);
    } catch (error) {
      await fs.rm(draft, { force: true }).catch(() => {}); // a full disk gets its bytes back
      throw error;
    }
  },
  async rename(from, to) {
    await fs.rename(from, to);
    await syncFolder(dirname(to));
  },
  async stat(path) {
    const found = await orNull(fs.stat(path));
    return found && { sizeBytes: found.size, modifiedMs: found.mtimeMs };
  },
  list: async (folder) => ((await orNull(fs.readdir(folder))) ?? []).sort(),
  remove: (path) => fs.rm(path, { force: true, recursive: true }),
  ensureFolder: async (path) => void (await fs.mkdir(path, { recursive: true, mode: 0o700 })),
  async freeBytes(path) {
    const { bavail, bsize } = await fs.statfs(path);
    return bavail * bsize;
  },
};
