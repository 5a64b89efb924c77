import { join } from "node:path";
import type { Files } from "@fyr/runtime";

/** A change to a folder of small files that nobody sees until it is complete. */
export interface Overlay {
  /** The folder as it would be: reads through to the disk, keeps what is written in memory. */
  readonly files: Files;
  /** Writes what changed, the file `last` after all others; each in one step that survives a power cut. */
  keep(last: string): Promise<void>;
}

const beyond = (): never => {
  throw new Error("an overlay holds small files only");
};

export function overlay(disk: Files, folder: string): Overlay {
  const written = new Map<string, Uint8Array>();
  const removed = new Set<string>();
  const files: Files = {
    async read(path) {
      return removed.has(path) ? null : (written.get(path) ?? disk.read(path));
    },
    async replace(path, bytes) {
      removed.delete(path);
      written.set(path, bytes);
    },
    async remove(path) {
      written.delete(path);
      removed.add(path);
    },
    async list(of) {
      const names = new Set(await disk.list(of));
      for (const path of written.keys())
        if (path.startsWith(join(of, "/"))) names.add(path.slice(of.length + 1));
      return [...names].filter((name) => !removed.has(join(of, name))).sort();
    },
    stat: (path) => disk.stat(path),
    ensureFolder: async () => undefined,
    freeBytes: (path) => disk.freeBytes(path),
    open: beyond,
    rename: beyond,
  };
  return {
    files,
    async keep(last) {
      await disk.ensureFolder(folder);
      const final = join(folder, last);
      const paths = [...written.keys()].sort((a, b) => Number(a === final) - Number(b === final));
      for (const path of paths) await disk.replace(path, written.get(path) ?? new Uint8Array(), 0o644);
      for (const path of removed) await disk.remove(path);
    },
  };
}
