import { Fault } from "@fyr/protocol";
import { silentLog } from "@fyr/runtime";
import type { AgentConfig } from "../config.ts";
import { readScope, scopeText, Secret, type LoginScope, type Vault } from "../vault/index.ts";
import { demandIdentity, openBesideAgent, openOwnVault } from "./folder.ts";
import type { Machine } from "./machine.ts";

export interface ScopeFlags {
  readonly device?: string;
  readonly group?: string;
}

/** @throws Fault `MESSAGE_INVALID` for a serial or a name that cannot be one */
function scopeOf({ device, group }: ScopeFlags): LoginScope {
  const text =
    device !== undefined
      ? `device:${device.toUpperCase()}`
      : group !== undefined
        ? `group:${group}`
        : "default";
  const scope = readScope(text);
  if (!scope) throw new Fault("MESSAGE_INVALID", { problems: [`not a serial or a group: ${text}`] });
  return scope;
}

async function withVault<T>(machine: Machine, config: AgentConfig, act: (vault: Vault) => T): Promise<T> {
  const identity = await demandIdentity(machine, config.dataDir);
  const store = openBesideAgent(config);
  try {
    return act(await openOwnVault(machine, config, { store, identity, log: silentLog }));
  } finally {
    store.close();
  }
}

/** Keeps a login. A running agent takes it at its next look. The password is asked for, never named on the command line. */
export async function addLogin(
  machine: Machine,
  config: AgentConfig,
  flags: ScopeFlags & { user: string },
): Promise<void> {
  const scope = scopeOf(flags);
  const password = machine.env["AGENT_PASSWORD"] ?? (await machine.askSecret(`Password of ${flags.user}: `));
  await withVault(machine, config, (vault) => vault.put(scope, flags.user, new Secret(password)));
  machine.print(`kept for ${scopeText(scope)}: ${flags.user}`);
}

export async function removeLogin(machine: Machine, config: AgentConfig, flags: ScopeFlags): Promise<void> {
  const scope = scopeOf(flags);
  await withVault(machine, config, (vault) => vault.remove(scope));
  machine.print(`removed: ${scopeText(scope)}`);
}

export async function listLogins(machine: Machine, config: AgentConfig, json: boolean): Promise<void> {
  const entries = await withVault(machine, config, (vault) => vault.list());
  const shown = entries.map(({ scope, user }) => ({ scope: scopeText(scope), user }));
  if (json) return machine.print(JSON.stringify(shown));
  for (const { scope, user } of shown) machine.print(`${scope.padEnd(30)} ${user}`);
  if (shown.length === 0) machine.print("No logins yet: agent credentials add --user root");
}
