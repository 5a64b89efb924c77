import { resolve } from "node:path";
import { bytesOf } from "../images/measure.ts";
import { readSigningKey, signingKey, type SigningKey } from "../images/signing-key.ts";
import { createPublicKey, type KeyObject } from "node:crypto";
import type { Machine } from "./machine.ts";
import { WrongUse } from "./wrong-use.ts";

/** @throws WrongUse when there is no such file */
export async function readBytes({ files }: Machine, path: string): Promise<Uint8Array> {
  const bytes = await files.read(resolve(path));
  if (!bytes) throw new WrongUse(`There is no file ${path}.`);
  return bytes;
}

export const readText = async (machine: Machine, path: string): Promise<string> =>
  Buffer.from(await readBytes(machine, path)).toString("utf8");

/** Refuses to write over what is there: keys and roots are not made twice by accident. */
export async function demandAbsent({ files }: Machine, path: string): Promise<void> {
  if (await files.stat(resolve(path))) throw new WrongUse(`${path} exists already and is not overwritten.`);
}

/** Runs `look` over the bytes of a file, which is closed afterwards. */
export async function overFile<T>(
  { files }: Machine,
  path: string,
  look: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const file = await files.open(resolve(path), "read");
  try {
    return await look(bytesOf(file));
  } finally {
    await file.close();
  }
}

/** A key that signs images, from a private or public PEM file. @throws WrongUse when it is neither */
export async function readKeyFile(
  machine: Machine,
  path: string,
): Promise<{ key: KeyObject; signer: SigningKey | null }> {
  const text = await readText(machine, path);
  try {
    if (!text.includes("PRIVATE KEY")) return { key: signingKey(createPublicKey(text)).key, signer: null };
    const signer = readSigningKey(text);
    return { key: signer.key, signer };
  } catch {
    throw new WrongUse(`${path} is no Ed25519 key in PEM. Make one with: certs images key ${path}`);
  }
}

/** @throws WrongUse when one of them cannot sign */
export const readSigners = (machine: Machine, paths: readonly string[]): Promise<SigningKey[]> =>
  Promise.all(
    paths.map(async (path) => {
      const { signer } = await readKeyFile(machine, path);
      if (!signer) throw new WrongUse(`${path} holds only a public key; signing needs the private one.`);
      return signer;
    }),
  );
