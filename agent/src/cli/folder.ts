import { join } from "node:path";
import { Fault, isFault, parse, Timestamp } from "@fyr/protocol";
import { z } from "zod";
import type { AgentConfig } from "../config.ts";
import { identityFiles, type Identity } from "../link/identity.ts";
import { fileBackups, fileDisk, lockFolder, openStore, type Store } from "../store/index.ts";
import type { Backups } from "../upgrade/index.ts";
import { openVault, readOrMakeMaster, type Vault } from "../vault/index.ts";
import type { Logger } from "@fyr/runtime";
import type { Machine } from "./machine.ts";

/** Who holds the folder: for people only, the lock itself is the operating system's. */
const Holder = z.strictObject({ pid: z.int(), since: Timestamp });

const holderPath = (folder: string): string => join(folder, "running.json");

/**
 * Keeps the data folder for this process alone, before anything in it is read or written.
 *
 * @returns gives it free
 * @throws Fault `INSTANCE_RUNNING` with the process id of the other one, `STORE_FAILED` for a folder that cannot be
 *   written
 */
export async function takeFolder({ files, clock, pid }: Machine, folder: string): Promise<() => void> {
  try {
    await files.ensureFolder(folder);
    const free = lockFolder(folder);
    const holder: z.infer<typeof Holder> = { pid, since: Math.trunc(clock.wall()) };
    await files.replace(holderPath(folder), Buffer.from(JSON.stringify(holder)));
    return free;
  } catch (error) {
    if (!isFault(error, "INSTANCE_RUNNING")) throw diskFault(error, folder);
    const bytes = await files.read(holderPath(folder));
    const holder = bytes && parse(Holder, Buffer.from(bytes).toString("utf8"));
    throw new Fault("INSTANCE_RUNNING", { folder, ...(holder ?? {}) }, { cause: error });
  }
}

/** What the disk says, in words that whoever started the agent understands. */
function diskFault(error: unknown, folder: string): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (isFault(error) || typeof code !== "string") return error;
  const isFull = code === "ENOSPC" || code === "EDQUOT" || code === "SQLITE_FULL";
  return new Fault(isFull ? "DISK_FULL" : "STORE_FAILED", { folder, reason: code }, { cause: error });
}

/** @throws Fault `ENROL_MISSING` */
export async function demandIdentity({ files }: Machine, folder: string): Promise<Identity> {
  const identity = await identityFiles(files, folder).load("current");
  if (!identity) throw new Fault("ENROL_MISSING", { folder });
  return identity;
}

const databasePath = (folder: string): string => join(folder, "agent.db");

/** The store, for the one process that runs the agent. */
export const openOwnStore = ({ dataDir }: AgentConfig): Store => openStore(fileDisk(databasePath(dataDir)));

/** The store, for a command that may be called while the agent runs: no ballast is touched. */
export const openBesideAgent = ({ dataDir }: AgentConfig): Store =>
  openStore(fileDisk(databasePath(dataDir), 0));

export const openBackups = ({ files }: Machine, { dataDir }: AgentConfig): Backups =>
  fileBackups(files, join(dataDir, "backups"));

/** The master is a systemd credential where there is one, else a file that only the agent's user reads. */
const masterPath = ({ env }: Machine, { dataDir }: AgentConfig): string =>
  env["CREDENTIALS_DIRECTORY"] === undefined
    ? join(dataDir, "vault.key")
    : join(env["CREDENTIALS_DIRECTORY"], "fyr-vault");

/** @throws Fault `VAULT_SEALED` */
export async function openOwnVault(
  machine: Machine,
  config: AgentConfig,
  { store, identity, log }: { store: Store; identity: Identity; log: Logger },
): Promise<Vault> {
  const { files, random } = machine;
  const master = await readOrMakeMaster(files, masterPath(machine, config), random);
  return openVault({ store: store.state, random, log, owner: identity.agentId }, master);
}
