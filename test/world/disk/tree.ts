import { dirname } from "node:path/posix";
import { nodeError, type Mishaps } from "./faults.ts";
import { Inode } from "./inode.ts";
import type { Boundaries } from "./life.ts";
import type { Space } from "./space.ts";

/** A change of a folder's entries, made to what is seen at once and to what is durable later. */
type Change = (names: Names) => void;

interface Names {
  readonly files: Map<string, Inode>;
  readonly folders: Set<string>;
}

export interface TreePorts {
  readonly mishaps: Mishaps;
  readonly space: Space;
  readonly boundaries: Boundaries;
  wallMs(): number;
}

const above = (path: string): string[] => (path === "/" ? ["/"] : [...above(dirname(path)), path]);
const isBelow = (path: string, folder: string): boolean =>
  path.startsWith(folder === "/" ? "/" : `${folder}/`);

/**
 * A file system in memory that knows what a power cut would leave. What files hold becomes durable by their own sync;
 * that a name is made, moved or taken away, by the sync of its folder. As in file systems with a journal, that brings
 * the folders above with it.
 */
export class Tree {
  readonly #ports: TreePorts;
  #seen: Names = { files: new Map(), folders: new Set(["/"]) };
  #durable: Names = { files: new Map(), folders: new Set(["/"]) };
  /** By folder, in order. */
  #unsynced = new Map<string, Change[]>();

  constructor(ports: TreePorts) {
    this.#ports = ports;
    ports.space.addUser(() => [...this.#seen.files.values()].reduce((sum, { size }) => sum + size, 0));
  }

  open(path: string, mode: "read" | "write"): Inode {
    const found = this.find(path, "open");
    if (mode === "write") this.#writable("open", path);
    if (found) return found;
    if (mode === "read") throw nodeError("ENOENT", "open", path);
    return this.#create(path);
  }

  find(path: string, syscall: string): Inode | undefined {
    if (this.#seen.folders.has(path)) throw nodeError("EISDIR", syscall, path);
    return this.#seen.files.get(path);
  }

  isFolder(path: string): boolean {
    return this.#seen.folders.has(path);
  }

  /** Writes what fits. @throws ENOSPC, EIO, EROFS */
  write(inode: Inode, path: string, bytes: Uint8Array, position: number): void {
    this.#writable("write", path);
    const { mishaps, space } = this.#ports;
    if (mishaps.strikes("writeFails")) throw nodeError("EIO", "write", path);
    const free = space.free();
    const fits = Math.min(bytes.length, Math.max(0, inode.size + free - position));
    inode.modifiedMs = this.#ports.wallMs();
    if (fits > 0) inode.write(bytes.subarray(0, fits), position);
    if (fits === bytes.length) return;
    mishaps.count("noSpace");
    throw nodeError("ENOSPC", "write", path);
  }

  truncate(inode: Inode, path: string, sizeBytes: number): void {
    this.#writable("ftruncate", path);
    inode.modifiedMs = this.#ports.wallMs();
    if (inode.size !== sizeBytes) inode.resize(sizeBytes);
  }

  sync(inode: Inode, path: string): void {
    this.#failingSync(path, (isBrought) => (isBrought ? inode.sync() : inode.forgetUnsynced()));
    if (!inode.isSynced) this.#atBoundary(`file ${path}`, () => inode.sync());
  }

  rename(from: string, to: string): void {
    this.#writable("rename", to);
    const inode = this.find(from, "rename");
    if (!inode || !this.isFolder(dirname(to))) throw nodeError("ENOENT", "rename", from);
    this.#change(dirname(to), ({ files }) => {
      files.delete(from);
      files.set(to, inode);
    });
  }

  /** A file, or a folder with all that is in it; nothing when there is neither. */
  remove(path: string): void {
    this.#writable("rm", path);
    const { files, folders } = this.#seen;
    if (!files.has(path) && !folders.has(path)) return;
    this.#change(dirname(path), (names) => {
      for (const file of [...names.files.keys()]) {
        if (file === path || isBelow(file, path)) names.files.delete(file);
      }
      for (const folder of [...names.folders]) {
        if (folder === path || isBelow(folder, path)) names.folders.delete(folder);
      }
    });
  }

  ensureFolder(path: string): void {
    for (const folder of above(path)) {
      if (this.#seen.files.has(folder)) throw nodeError("ENOENT", "mkdir", path);
      if (this.isFolder(folder)) continue;
      this.#writable("mkdir", path);
      this.#change(dirname(folder), ({ folders }) => void folders.add(folder));
    }
  }

  /** Names in a folder, sorted; empty when there is none. */
  list(folder: string): string[] {
    const { files, folders } = this.#seen;
    const inside = [...files.keys(), ...folders].filter(
      (path) => isBelow(path, folder) && dirname(path) === folder,
    );
    return inside.map((path) => path.slice(path.lastIndexOf("/") + 1)).sort();
  }

  syncFolder(folder: string): void {
    const waiting = above(folder).filter((path) => this.#unsynced.has(path));
    const apply = () => waiting.forEach((path) => this.#apply(path));
    this.#failingSync(folder, (isBrought) =>
      isBrought ? apply() : waiting.forEach((path) => this.#unsynced.delete(path)),
    );
    if (waiting.length > 0) this.#atBoundary(`folder ${folder}`, apply);
  }

  /** The power goes: what was not synced is gone, but perhaps for the last change of each file and folder. */
  cut(): void {
    const { mishaps } = this.#ports;
    for (const [folder, changes] of this.#unsynced) {
      const hasLanded = mishaps.toss();
      mishaps.count("lostEntry", changes.length - (hasLanded ? 1 : 0));
      if (!hasLanded) continue;
      this.#unsynced.set(folder, changes.slice(-1));
      this.#apply(folder);
    }
    this.#unsynced.clear();
    const { files, folders } = this.#durable;
    // What a folder that is gone held is gone with it.
    const reachable = [...files].filter(([path]) => above(dirname(path)).every((each) => folders.has(each)));
    const found = new Map(reachable.map(([path, inode]) => [path, inode.afterCut(mishaps)]));
    this.#durable = { files: found, folders };
    this.#seen = { files: new Map(found), folders: new Set(folders) };
  }

  /** What a power cut now would leave of a file for certain. */
  durable(path: string): Uint8Array | null {
    return this.#durable.files.get(path)?.durable() ?? null;
  }

  /** Makes a file with its folders, durable at once. */
  put(path: string, bytes: Uint8Array): void {
    const inode = new Inode(this.#ports.wallMs(), bytes);
    for (const { files, folders } of [this.#seen, this.#durable]) {
      above(dirname(path)).forEach((folder) => folders.add(folder));
      files.set(path, inode);
    }
  }

  /** False when there is nothing to flip. */
  flipBit(path: string): boolean {
    const { mishaps } = this.#ports;
    const inode = this.#seen.files.get(path);
    if (!inode || inode.size === 0) return false;
    inode.flipBit(Math.floor(mishaps.random.next() * inode.size * 8));
    mishaps.count("bitFlip");
    return true;
  }

  #create(path: string): Inode {
    if (!this.isFolder(dirname(path))) throw nodeError("ENOENT", "open", path);
    const inode = new Inode(this.#ports.wallMs());
    this.#change(dirname(path), ({ files }) => void files.set(path, inode));
    return inode;
  }

  #change(folder: string, change: Change): void {
    change(this.#seen);
    const changes = this.#unsynced.get(folder);
    if (changes) changes.push(change);
    else this.#unsynced.set(folder, [change]);
  }

  #apply(folder: string): void {
    for (const change of this.#unsynced.get(folder) ?? []) change(this.#durable);
    this.#unsynced.delete(folder);
  }

  #writable(syscall: string, path: string): void {
    if (this.#ports.mishaps.strikes("readOnly")) throw nodeError("EROFS", syscall, path);
  }

  #atBoundary(what: string, act: () => void): void {
    const { boundaries } = this.#ports;
    boundaries.before(what);
    act();
    boundaries.after(what);
  }

  #failingSync(path: string, bring: (isBrought: boolean) => void): void {
    const { mishaps } = this.#ports;
    if (!mishaps.strikes("syncFails")) return;
    bring(mishaps.toss());
    throw nodeError("EIO", "fsync", path);
  }
}
