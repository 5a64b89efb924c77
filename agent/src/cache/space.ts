import { Fault, type Digest } from "@fyr/protocol";
import type { Files } from "@fyr/runtime";
import type { CacheLedger } from "./ledger.ts";
import { digestInName, type CachePaths } from "./paths.ts";

/** A download needs its size and a tenth, so that the agent's own records still find room (upgrades.md 5.3). */
const MARGIN = 1.1;

export interface Space {
  /**
   * Makes sure that an image can be written, and that no other download counts on the same bytes.
   *
   * @param haveBytes how much of it is on the disk now
   * @throws Fault DISK_FULL with `neededBytes` and `freeBytes`
   */
  reserve(digest: Digest, sizeBytes: number, haveBytes: () => number): Promise<void>;
  release(digest: Digest): void;
  /** Bytes that one more image could be given, what nobody holds being dropped for it. */
  available(): Promise<number>;
  /** The fault of a disk that ran full in spite of the reservation. */
  full(digest: Digest, cause: unknown): Promise<Fault>;
  /** Removes everything about an image. */
  drop(digest: Digest): Promise<void>;
}

export function cacheSpace(
  files: Files,
  paths: CachePaths,
  ledger: CacheLedger,
  keepFreeBytes: number,
): Space {
  const missing = new Map<Digest, () => number>();

  const free = async (but?: Digest): Promise<number> => {
    const others = [...missing].filter(([digest]) => digest !== but);
    const promised = others.reduce((sum, [, bytes]) => sum + bytes(), 0);
    return (await files.freeBytes(paths.folder)) - promised - keepFreeBytes;
  };

  const pathsOf = (digest: Digest) => [paths.image(digest), paths.part(digest), paths.chunks(digest)];

  const drop = async (digest: Digest): Promise<void> => {
    for (const path of pathsOf(digest)) await files.remove(path);
    ledger.forget(digest);
  };

  /** What nobody holds, longest unused first. */
  const evictable = async (): Promise<Digest[]> => {
    const found = (await files.list(paths.folder)).map(digestInName).filter((digest) => digest !== undefined);
    return ledger.byUse([...new Set(found)].filter((digest) => !ledger.held(digest) && !missing.has(digest)));
  };

  const bytesOf = async (digest: Digest): Promise<number> => {
    const found = await Promise.all(pathsOf(digest).map((path) => files.stat(path)));
    return found.reduce((sum, file) => sum + (file?.sizeBytes ?? 0), 0);
  };

  const full = async (digest: Digest, cause?: unknown): Promise<Fault> => {
    const [neededBytes, freeBytes] = [missing.get(digest)?.() ?? 0, await free(digest)];
    return new Fault("DISK_FULL", { neededBytes, freeBytes: Math.max(0, freeBytes) }, { cause });
  };

  return {
    drop,
    full,
    release: (digest) => void missing.delete(digest),
    async available() {
      let bytes = await free();
      for (const digest of await evictable()) bytes += await bytesOf(digest);
      return Math.max(0, bytes);
    },
    async reserve(digest, sizeBytes, haveBytes) {
      const stillMissing = () => Math.max(0, Math.ceil(sizeBytes * MARGIN) - haveBytes());
      missing.set(digest, stillMissing);
      for (const victim of await evictable()) {
        if ((await free(digest)) >= stillMissing()) return;
        await drop(victim);
      }
      if ((await free(digest)) >= stillMissing()) return;
      const fault = await full(digest);
      missing.delete(digest);
      throw fault;
    },
  };
}
