import { createPublicKey } from "node:crypto";
import { join } from "node:path";
import { initRepository, resign, type AllRoles } from "@fyr/certs";
import { silentLog } from "@fyr/runtime";
import type { HubConfig } from "../config.ts";
import { ensureExportKey, ensureKeys, type HubKeys } from "../pki/keys.ts";
import { adoptMetadata } from "../releases/metadata.ts";
import { ensureServerLeaf } from "../pki/server-leaf.ts";
import { dataFolder, type DataFolder } from "./folder.ts";
import { signedFiles } from "./images.ts";
import { lockFolder } from "./lock.ts";
import type { Machine } from "./machine.ts";
import { readOperator, renewOperator } from "./operator.ts";

export interface InitWish {
  /** The hub holds the publishers' keys too: right for one person. */
  readonly publishesHere: boolean;
  /** What publishers elsewhere signed: the folder with their first root and list of images. */
  readonly metadata?: string | undefined;
}

export interface Initialised {
  readonly folder: string;
  /** The operator's token, when this run made it: it is shown once. */
  readonly token: string | null;
  /** One key alone can publish an image. */
  readonly singleSigner: boolean;
  /** For publishers elsewhere: the public key that their root has to name for snapshot and timestamp. */
  readonly onlineKeyPem: string;
  /** True when there is image metadata to serve, so that the hub can start. */
  readonly ready: boolean;
}

/**
 * Makes what a new hub needs: authorities, keys, image metadata, the operator's token. Killed at any point it can be
 * run again: what exists is kept, what is missing is made.
 *
 * @throws Fault `INSTANCE_RUNNING`
 */
export async function initHub(machine: Machine, config: HubConfig, wish: InitWish): Promise<Initialised> {
  const { files, random, clock } = machine;
  const folder = dataFolder(config.dataDir);
  await files.ensureFolder(folder.path);
  const unlock = lockFolder(folder.lock);
  try {
    const keys = await ensureKeys(files, folder.keys, random, { ...wish, nowMs: clock.wall() });
    await ensureExportKey(files, folder.keys);
    const leafPorts = { files, clock, random, log: silentLog };
    await ensureServerLeaf(leafPorts, { pki: keys.pki, folder: folder.keys, hosts: config.hosts });
    const ready = await ensureMetadata(machine, folder, keys, wish.metadata);
    // Last, so that a token is only ever shown by a run that came to its end.
    const known = await readOperator(files, folder.operator);
    const token = known === null ? await renewOperator(files, folder.operator, random) : null;
    const { root, online } = keys.releases;
    return {
      folder: folder.path,
      token,
      singleSigner: root !== null,
      onlineKeyPem: publicPem(online),
      ready,
    };
  } finally {
    unlock();
  }
}

const publicPem = ({ key }: HubKeys["releases"]["online"]): string =>
  createPublicKey(key).export({ type: "spki", format: "pem" }).toString();

/** A repository of one person, each role one key of one; or the one that publishers elsewhere signed. */
async function ensureMetadata(
  { files, clock }: Machine,
  { metadata }: DataFolder,
  { releases: keys }: HubKeys,
  signedFolder: string | undefined,
): Promise<boolean> {
  const { root, targets, online } = keys;
  const repository = { files, folder: metadata };
  const hasRoot = (await files.read(join(metadata, "1.root.json"))) !== null;
  if (!root || !targets) {
    if (!hasRoot && signedFolder !== undefined) {
      await adoptMetadata({ files, clock, folder: metadata, keys }, await signedFiles(signedFolder));
      return true;
    }
    return hasRoot;
  }
  const one = ({ key }: typeof root) => ({ keys: [key], threshold: 1 });
  const roles: AllRoles = {
    root: one(root),
    targets: one(targets),
    snapshot: one(online),
    timestamp: one(online),
  };
  if (!hasRoot) await initRepository(repository, roles, [root, targets], clock.wall());
  const hasTargets = (await files.read(join(metadata, "1.targets.json"))) !== null;
  if (!hasTargets) await resign(repository, [targets], clock.wall());
  return true;
}
