import type { Command } from "commander";
import type { AllRoles, RoleKeys } from "../images/root.ts";
import type { SigningKey } from "../images/signing-key.ts";
import { readKeyFile } from "./files.ts";
import type { Machine } from "./machine.ts";

export interface RoleFlags {
  readonly root?: readonly string[];
  readonly rootThreshold?: string;
  readonly targets?: readonly string[];
  readonly targetsThreshold?: string;
  readonly online?: readonly string[];
}

/** Adds the keys of each role. */
export const withRoles = (command: Command): Command =>
  command
    .option("--root <file...>", "keys that may replace keys, private or public")
    .option("--root-threshold <n>", "how many of them must agree (1)")
    .option("--targets <file...>", "keys that may list images, private or public")
    .option("--targets-threshold <n>", "how many of them must agree (1)")
    .option("--online <file...>", "the hub's own key for freshness, private or public");

/** The roles that are named, and the private keys among them. */
export async function rolesOf(machine: Machine, flags: RoleFlags) {
  const signers: SigningKey[] = [];
  const keysOf = async (paths: readonly string[], threshold = "1"): Promise<RoleKeys> => {
    const found = await Promise.all(paths.map((path) => readKeyFile(machine, path)));
    signers.push(...found.flatMap(({ signer }) => signer ?? []));
    return { keys: found.map(({ key }) => key), threshold: Number(threshold) };
  };
  const roles: Partial<AllRoles> = {
    ...(flags.root && { root: await keysOf(flags.root, flags.rootThreshold) }),
    ...(flags.targets && { targets: await keysOf(flags.targets, flags.targetsThreshold) }),
  };
  const online = flags.online && (await keysOf(flags.online));
  return { roles: { ...roles, ...(online && { snapshot: online, timestamp: online }) }, signers };
}
