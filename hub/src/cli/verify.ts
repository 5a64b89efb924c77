import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Fault } from "@fyr/protocol";
import { ConfigError, silentLog } from "@fyr/runtime";
import { checkAuditExport, isSound, type CheckedExport } from "../audit/check-export.ts";
import type { KnownHead } from "../audit/check-chains.ts";
import type { HubConfig } from "../config.ts";
import { exportKey } from "../exports/keys.ts";
import type { ExportKey } from "../exports/signed-lines.ts";
import { loadExportKey } from "../pki/keys.ts";
import { openStoreToRead } from "../store/store.ts";
import { verifyStore, type Verified } from "../verify/checks.ts";
import { dataFolder } from "./folder.ts";
import type { Machine } from "./machine.ts";
import { readOperator } from "./operator.ts";

/** The key that a user named as a file. */
export async function keyFromFile(path: string): Promise<ExportKey> {
  const pem = await readFile(path, "utf8").catch((error: unknown) => {
    throw new ConfigError(`${path}: ${(error as Error).message}`);
  });
  try {
    return exportKey(pem);
  } catch {
    throw new ConfigError(`${path} holds no Ed25519 public key in PEM`);
  }
}

/**
 * The public key of this hub's exports, in PEM.
 *
 * @throws Fault `HUB_NOT_INITIALISED`
 */
export async function ownExportKey({ files }: Machine, { dataDir }: HubConfig): Promise<string> {
  const folder = dataFolder(dataDir);
  const signer = await loadExportKey(files, folder.keys);
  if (!signer) throw new Fault("HUB_NOT_INITIALISED", { folder: folder.path });
  return signer.publicKey;
}

export const checkExportFile = (path: string, key: ExportKey): Promise<CheckedExport> =>
  checkAuditExport(key, createReadStream(path));

/**
 * Looks through everything that a hub keeps. It may be running meanwhile; nothing is changed.
 *
 * @param exports files of signed exports, whose ends the audit has to go through
 * @throws Fault `HUB_NOT_INITIALISED`; ConfigError when an export is not this hub's
 */
export async function verifyHub(
  machine: Machine,
  config: HubConfig,
  exports: readonly string[],
): Promise<Verified[]> {
  const folder = dataFolder(config.dataDir);
  if ((await readOperator(machine.files, folder.operator)) === null)
    throw new Fault("HUB_NOT_INITIALISED", { folder: folder.path });
  const auditHeads: KnownHead[] = [];
  for (const path of exports) {
    const checked = await checkExportFile(path, exportKey(await ownExportKey(machine, config)));
    if (!isSound(checked) || !checked.header)
      throw new ConfigError(`${path} is no whole export of this hub: hub audit verify says why`);
    auditHeads.push({ orgId: checked.header.orgId, ...checked.header.head });
  }
  const store = openStoreToRead(config.databaseUrl ?? `sqlite:${folder.database}`, {
    log: silentLog,
    turn: machine.turn,
  });
  try {
    return await verifyStore(store.read, { auditHeads });
  } finally {
    await store.close();
  }
}
