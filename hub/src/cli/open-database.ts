import { Fault } from "@fyr/protocol";
import { silentLog } from "@fyr/runtime";
import { argon2Hasher } from "../accounts/argon2.ts";
import type { AccountPorts } from "../accounts/ports.ts";
import { sealingWith } from "../accounts/sealing.ts";
import type { HubConfig } from "../config.ts";
import { createPost } from "../mail/post.ts";
import { loadKeys } from "../pki/keys.ts";
import { openStore, openStoreToRead, type HubStore } from "../store/store.ts";
import { addresses } from "./addresses.ts";
import { dataFolder } from "./folder.ts";
import type { Machine } from "./machine.ts";
import { readOperator } from "./operator.ts";

/** What a command works with that goes to the hub's database itself, whether the hub runs or not. */
export interface OpenDatabase {
  readonly store: HubStore;
  readonly ports: AccountPorts;
}

/**
 * Opens the database of a data folder for one piece of work. Whoever may read the folder's keys may do this: the
 * operator at the machine.
 *
 * @param how `read` changes nothing, not even the schema
 * @throws Fault `HUB_NOT_INITIALISED`
 */
export async function onDatabase<T>(
  machine: Machine,
  config: HubConfig,
  how: "read" | "write",
  work: (open: OpenDatabase) => Promise<T>,
): Promise<T> {
  const { files, clock, random, ids, turn } = machine;
  const folder = dataFolder(config.dataDir);
  if ((await readOperator(files, folder.operator)) === null)
    throw new Fault("HUB_NOT_INITIALISED", { folder: folder.path });
  const { sealing: key } = await loadKeys(files, folder.keys);
  const sealing = sealingWith(key, random);
  const url = config.databaseUrl ?? `sqlite:${folder.database}`;
  const options = { log: silentLog, turn };
  const store = how === "read" ? openStoreToRead(url, options) : await openStore(url, options);
  try {
    return await work({
      store,
      ports: {
        ...{ clock, random, ids, sealing, passwords: argon2Hasher },
        post: createPost({ clock, ids, sealing }),
        origin: () => originOf(config),
      },
    });
  } finally {
    await store.close();
  }
}

/** A hub that is not running has no port yet but the one that it is told to take. */
const originOf = (config: HubConfig): string => {
  const ports = { api: config.apiPort, agents: config.agentsPort, mqtt: null, metrics: config.metricsPort };
  return config.publicUrl?.replace(/\/+$/, "") ?? addresses(config, ports).api;
};
