import { createHash } from "node:crypto";
import { join } from "node:path";
import { Fault } from "@fyr/protocol";
import type { Files } from "@fyr/runtime";
import type { BackupMade } from "../server/index.ts";
import { fullDisk } from "./desk.ts";

const BUFFER_BYTES = 512 * 1024;
/** Backups that are kept beside the newest. */
const KEPT = 2;

interface Copied {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

async function* partsOf(files: Files, path: string): AsyncGenerator<Uint8Array> {
  const file = await files.open(path, "read");
  try {
    const buffer = new Uint8Array(BUFFER_BYTES);
    for (let at = 0; ;) {
      const read = await file.read(buffer, at);
      if (read === 0) return;
      yield buffer.subarray(0, read);
      at += read;
    }
  } finally {
    await file.close();
  }
}

export async function hashOf(files: Files, path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of partsOf(files, path)) hash.update(part);
  return hash.digest("hex");
}

export async function copy(
  files: Files,
  from: string,
  to: string,
  name: string,
  signal: AbortSignal,
): Promise<Copied> {
  const hash = createHash("sha256");
  const file = await files.open(to, "write");
  let at = 0;
  try {
    for await (const part of partsOf(files, from)) {
      signal.throwIfAborted();
      hash.update(part);
      await file.write(part, at);
      at += part.length;
    }
    await file.truncate(at);
    await file.sync();
  } finally {
    await file.close();
  }
  return { name, sizeBytes: at, sha256: hash.digest("hex") };
}

/**
 * Copies the named files of a folder to a folder of their own, and reads both sides again: the copy must be what was read,
 * and the original must not have changed under the hand. A list with hashes lies beside the copies.
 *
 * @throws Fault `SERVER_BACKUP_FAILED`, `SERVER_DISK_FULL`
 */
export async function copyProved(
  files: Files,
  { from, names, to }: { readonly from: string; readonly names: readonly string[]; readonly to: string },
  signal: AbortSignal,
): Promise<BackupMade> {
  if (names.length === 0)
    throw new Fault("SERVER_BACKUP_FAILED", { reason: "there is nothing to save", from });
  try {
    await files.remove(to);
    await files.ensureFolder(to);
    const copied: Copied[] = [];
    for (const name of names) {
      const one = await copy(files, join(from, name), join(to, name), name, signal);
      const [original, again] = [await hashOf(files, join(from, name)), await hashOf(files, join(to, name))];
      if (again !== one.sha256) throw new Fault("SERVER_BACKUP_FAILED", { reason: "the copy differs", name });
      if (original !== one.sha256)
        throw new Fault("SERVER_BACKUP_FAILED", { reason: "it changed while it was copied", name });
      copied.push(one);
    }
    const list = Buffer.from(JSON.stringify(copied));
    await files.replace(join(to, "backup.json"), list);
    const sizeBytes = copied.reduce((sum, each) => sum + each.sizeBytes, 0);
    const sha256 = createHash("sha256").update(list).digest("hex");
    return { path: to, sizeBytes, files: copied.length, sha256 };
  } catch (error) {
    const full = fullDisk(error);
    if (full instanceof Fault || signal.aborted) throw full;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Fault("SERVER_BACKUP_FAILED", { reason }, { cause: error });
  }
}

/** Removes the oldest backups, by their time of making. */
export async function pruneBackups(files: Files, folder: string, newest: string): Promise<void> {
  const found = await Promise.all(
    (await files.list(folder)).map(async (name) => {
      const path = join(folder, name);
      return { path, at: (await files.stat(join(path, "backup.json")))?.modifiedMs ?? 0 };
    }),
  );
  const old = found.filter(({ path }) => path !== newest).sort((a, b) => b.at - a.at);
  for (const { path } of old.slice(KEPT)) await files.remove(path);
}
