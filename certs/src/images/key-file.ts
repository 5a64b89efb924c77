import type { Files } from "@fyr/runtime";
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
