import { X509Certificate, type KeyObject } from "node:crypto";
import { join } from "node:path";
import type { Files, Random } from "@fyr/runtime";
import { createIntermediate, createRoot, type Authority, type IntermediateKind } from "./authority.ts";
import { keyPem, readKey, spkiOf } from "./keys.ts";
import { certificatesIn, pemBlocks } from "./pem.ts";
import type { TlsCredentials } from "./tls.ts";

/** Only the owner may read what holds a key. */
const PRIVATE = 0o600;
const PUBLIC = 0o644;

const bytes = (text: string): Buffer => Buffer.from(text, "utf8");

/** A key and its certificates are one file, so that no crash can leave one without the other. */
export async function saveCredentials(
  files: Files,
  path: string,
  credentials: TlsCredentials,
): Promise<void> {
  await files.replace(path, bytes(credentials.keyPem + credentials.chainPem), PRIVATE);
}

/** What `saveCredentials` wrote; null when there is no file. A damaged file is an Error: it is never made anew silently. */
export async function loadCredentials(files: Files, path: string): Promise<TlsCredentials | null> {
  const found = await files.read(path);
  if (!found) return null;
  const text = Buffer.from(found).toString("utf8");
  const key = pemBlocks(text).find(({ label }) => label === "PRIVATE KEY");
  const chain = certificatesIn(text);
  if (!key || !chain[0] || !matches(readKey(key.pem), chain[0]))
    throw new Error(`${path}: key and certificate do not match`);
  return { keyPem: key.pem, chainPem: chain.join("") };
}

const matches = (key: KeyObject, certificatePem: string): boolean =>
  spkiOf(key).equals(spkiOf(new X509Certificate(certificatePem).publicKey));

export const saveAuthority = (
  files: Files,
  path: string,
  { key, certificatePem }: Authority,
): Promise<void> => saveCredentials(files, path, { keyPem: keyPem(key), chainPem: certificatePem });

export async function loadAuthority(files: Files, path: string): Promise<Authority | null> {
  const found = await loadCredentials(files, path);
  return found && { key: readKey(found.keyPem), certificatePem: found.chainPem };
}

/** A hub's authorities as its data folder holds them. The root's key may be elsewhere: it signs once in two years. */
export interface Pki {
  readonly rootPem: string;
  readonly agents: Authority;
  readonly hubServer: Authority;
}

const ROOT_KEY = "root.pem";
const ROOT = "root.crt";
const INTERMEDIATES: Record<IntermediateKind, string> = {
  agents: "agents-ca.pem",
  "hub-server": "hub-ca.pem",
};

/** The authorities in `folder`; null when it holds none yet. */
export async function loadPki(files: Files, folder: string): Promise<Pki | null> {
  const root = await files.read(join(folder, ROOT));
  const agents = await loadAuthority(files, join(folder, INTERMEDIATES.agents));
  const hubServer = await loadAuthority(files, join(folder, INTERMEDIATES["hub-server"]));
  if (!root || !agents || !hubServer) return null;
  return { rootPem: Buffer.from(root).toString("utf8"), agents, hubServer };
}

/** Runs `make` for what is not there, so that a set-up cut short goes on where it stopped. */
async function ensure(files: Files, path: string, make: () => Promise<Authority>): Promise<Authority> {
  const found = await loadAuthority(files, path);
  if (found) return found;
  const made = await make();
  await saveAuthority(files, path, made);
  return made;
}

/**
 * Makes what is missing of a hub's authorities: `root.pem` (key and certificate; take it offline afterwards),
 * `root.crt`, `agents-ca.pem`, `hub-ca.pem`. Safe to repeat after a crash.
 */
export async function ensurePki(files: Files, folder: string, random: Random, nowMs: number): Promise<Pki> {
  const complete = await loadPki(files, folder);
  if (complete) return complete;
  await files.ensureFolder(folder);
  const root = await ensure(files, join(folder, ROOT_KEY), () => createRoot(random, nowMs));
  await files.replace(join(folder, ROOT), bytes(root.certificatePem), PUBLIC);
  const below = (kind: IntermediateKind) =>
    ensure(files, join(folder, INTERMEDIATES[kind]), () => createIntermediate(root, kind, random, nowMs));
  const agents = await below("agents");
  const hubServer = await below("hub-server");
  return { rootPem: root.certificatePem, agents, hubServer };
}
