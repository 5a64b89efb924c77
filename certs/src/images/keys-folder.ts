import { join } from "node:path";
import type { Files } from "@fyr/runtime";
import { refreshOnline, type Refreshed } from "./online.ts";
import { initRepository, resign } from "./publish.ts";
import { readNewest, type Repository } from "./repository.ts";
import { newSigningKey, readSigningKey, signingKeyPem, type SigningKey } from "./signing-key.ts";

/** Writes a private key so that only its owner can read it. */
export const saveSigningKey = (files: Files, path: string, key: SigningKey): Promise<void> =>
  files.replace(path, Buffer.from(signingKeyPem(key), "utf8"), 0o600);

/** Null when there is no such file. */
export async function loadSigningKey(files: Files, path: string): Promise<SigningKey | null> {
  const found = await files.read(path);
  return found && readSigningKey(Buffer.from(found).toString("utf8"));
}

/** The key in `path`, made now when there is none. */
export async function ensureSigningKey(files: Files, path: string): Promise<SigningKey> {
  const found = await loadSigningKey(files, path);
  if (found) return found;
  const made = newSigningKey();
  await saveSigningKey(files, path, made);
  return made;
}

/** The keys of a one-person set-up, in the hub's own folder: convenient, and to be shown in red. */
export interface SoloKeys {
  readonly root: SigningKey;
  readonly targets: SigningKey;
  readonly online: SigningKey;
}

/**
 * Makes what is missing of a one-person set-up: `root.pem`, `targets.pem` and `online.pem` in `keysFolder`, one
 * signature for each role, and a repository with nothing listed yet. Safe to repeat after a crash.
 */
export async function ensureSoloRepository(
  repository: Repository,
  keysFolder: string,
  nowMs: number,
): Promise<SoloKeys & { readonly refreshed: Refreshed }> {
  const { files } = repository;
  await files.ensureFolder(keysFolder);
  const [root, targets, online] = [
    await ensureSigningKey(files, join(keysFolder, "root.pem")),
    await ensureSigningKey(files, join(keysFolder, "targets.pem")),
    await ensureSigningKey(files, join(keysFolder, "online.pem")),
  ];
  const alone = ({ key }: SigningKey) => ({ keys: [key], threshold: 1 });
  const roles = {
    root: alone(root),
    targets: alone(targets),
    snapshot: alone(online),
    timestamp: alone(online),
  };
  if (!(await readNewest(repository, "root")))
    await initRepository(repository, roles, [root, targets], nowMs);
  if (!(await readNewest(repository, "targets"))) await resign(repository, [targets], nowMs);
  return { root, targets, online, refreshed: await refreshOnline(repository, [online], nowMs) };
}
