import { dirname } from "node:path/posix";
import type { Files, OpenFile } from "@fyr/runtime";
import { nodeError } from "./faults.ts";
import type { Inode } from "./inode.ts";
import { mortal, type Process } from "./life.ts";
import type { Space } from "./space.ts";
import type { Tree } from "./tree.ts";

function openFile(tree: Tree, process: Process, path: string, mode: "read" | "write"): OpenFile {
  const inode = tree.open(path, mode);
  let isOpen = true;
  const reach = (syscall: string, isWriting: boolean): Inode => {
    if (!isOpen || (isWriting && mode === "read")) throw nodeError("EBADF", syscall, path);
    return inode;
  };
  return {
    read: mortal(process, (into, position) => {
      const part = reach("read", false).part(position, position + into.length);
      into.set(part);
      return part.length;
    }),
    write: mortal(process, (bytes, position) => tree.write(reach("write", true), path, bytes, position)),
    truncate: mortal(process, (size) => tree.truncate(reach("ftruncate", true), path, size)),
    sync: mortal(process, () => tree.sync(reach("fsync", false), path)),
    close: mortal(process, () => void (isOpen = false)),
  };
}

/** The files of a host as one process on it reaches them: as `systemFiles` does it, step by step. */
export function filesOf(tree: Tree, space: Space, process: Process): Files {
  function rename(from: string, to: string): void {
    tree.rename(from, to);
    tree.syncFolder(dirname(to));
  }

  function replace(path: string, bytes: Uint8Array): void {
    const draft = `${path}.new`;
    try {
      tree.remove(draft);
      const inode = tree.open(draft, "write");
      tree.write(inode, draft, bytes, 0);
      tree.sync(inode, draft);
      rename(draft, path);
    } catch (error) {
      if (process.isAlive) giveUp(draft);
      throw error;
    }
  }

  function giveUp(draft: string): void {
    try {
      tree.remove(draft);
    } catch {
      // the first error is the one to hear of
    }
  }

  return {
    open: mortal(process, (path, mode) => openFile(tree, process, path, mode)),
    read: mortal(process, (path) => tree.find(path, "read")?.copy() ?? null),
    replace: mortal(process, replace),
    rename: mortal(process, rename),
    stat: mortal(process, (path) => {
      if (tree.isFolder(path)) return { sizeBytes: 0, modifiedMs: 0 };
      const found = tree.find(path, "stat");
      return found ? { sizeBytes: found.size, modifiedMs: found.modifiedMs } : null;
    }),
    list: mortal(process, (folder) => tree.list(folder)),
    remove: mortal(process, (path) => tree.remove(path)),
    ensureFolder: mortal(process, (path) => tree.ensureFolder(path)),
    freeBytes: mortal(process, () => space.free()),
  };
}
