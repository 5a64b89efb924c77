import { createHmac } from "node:crypto";
import { Fault } from "@fyr/protocol";
import type { Files, Random } from "@fyr/runtime";
import { KEY_BYTES } from "./seal.ts";

/** The key of the site, on which everything in the vault hangs. It never enters the store. */
export interface MasterKey {
  readonly bytes: Uint8Array;
  /** Tells masters apart without telling anything about them. */
  readonly fingerprint: string;
}

export function masterKey(bytes: Uint8Array): MasterKey {
  if (bytes.length !== KEY_BYTES)
    throw new Fault("VAULT_SEALED", { reason: `the master key has ${KEY_BYTES} bytes` });
  const fingerprint = createHmac("sha256", bytes).update("fyr vault master").digest("hex").slice(0, 16);
  return { bytes, fingerprint };
}

export const newMaster = (random: Random): MasterKey => masterKey(random.bytes(KEY_BYTES));

/**
 * Reads the master from a file: 32 bytes, or the same in 64 hexadecimal digits. The file is a systemd credential
 * (`LoadCredentialEncrypted=`), or one that only the agent's user may read.
 *
 * @returns null when there is no such file
 * @throws Fault VAULT_SEALED when it holds something else
 */
export async function readMaster(files: Files, path: string): Promise<MasterKey | null> {
  const bytes = await files.read(path);
  if (!bytes) return null;
  const text = Buffer.from(bytes).toString("latin1").trim();
  return masterKey(/^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, "hex") : bytes);
}

const OWNER_READS = 0o400;

export const writeMaster = (files: Files, path: string, master: MasterKey): Promise<void> =>
  files.replace(path, Buffer.from(`${Buffer.from(master.bytes).toString("hex")}\n`), OWNER_READS);

/** The master of this site, made at the first start. */
export async function readOrMakeMaster(files: Files, path: string, random: Random): Promise<MasterKey> {
  const found = await readMaster(files, path);
  if (found) return found;
  const master = newMaster(random);
  await writeMaster(files, path, master);
  return master;
}
