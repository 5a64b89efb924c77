import type { KeyObject } from "node:crypto";
import { Fault } from "@fyr/protocol";
import { head, type Role, type RootSigned } from "./metadata.ts";
import { keyIdOf, publicKeyOf, signingKey, tufKey } from "./signing-key.ts";

/** Who may speak for a role, and how many must agree. Private or public keys. */
export interface RoleKeys {
  readonly keys: readonly KeyObject[];
  readonly threshold: number;
}

export type AllRoles = Readonly<Record<Role, RoleKeys>>;

function roleEntry({ keys, threshold }: RoleKeys, role: Role): RootSigned["roles"][Role] {
  const keyids = keys.map((key) => signingKey(key).keyid);
  const isPossible = Number.isInteger(threshold) && threshold >= 1 && threshold <= keyids.length;
  if (!isPossible || new Set(keyids).size !== keyids.length) {
    throw new Fault("METADATA_INVALID", { role, reason: "this threshold cannot be reached with these keys" });
  }
  return { keyids, threshold };
}

/** The signed part of a root file. */
export function rootOf(roles: AllRoles, version: number, nowMs: number): RootSigned {
  const keys = Object.values(roles).flatMap((role) => role.keys.map(tufKey));
  return {
    ...head("root", version, nowMs),
    consistent_snapshot: true,
    keys: Object.fromEntries(keys.map((key) => [keyIdOf(key), key])),
    roles: {
      root: roleEntry(roles.root, "root"),
      targets: roleEntry(roles.targets, "targets"),
      snapshot: roleEntry(roles.snapshot, "snapshot"),
      timestamp: roleEntry(roles.timestamp, "timestamp"),
    },
  };
}

const keysOf = ({ keys, roles }: RootSigned, role: Role): RoleKeys => ({
  threshold: roles[role].threshold,
  keys: roles[role].keyids.flatMap((id) => {
    const key = keys[id];
    return key ? [publicKeyOf(key)] : [];
  }),
});

/** Who speaks for what according to a root file. */
export const rolesIn = (root: RootSigned): AllRoles => ({
  root: keysOf(root, "root"),
  targets: keysOf(root, "targets"),
  snapshot: keysOf(root, "snapshot"),
  timestamp: keysOf(root, "timestamp"),
});
