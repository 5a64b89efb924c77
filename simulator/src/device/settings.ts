import type { Settings } from "./firmware.ts";
import type { Generation } from "./generations.ts";

/** Groups of an administrator, in the order in which devices list them. */
export const ADMIN_GROUPS = ["admin", "operator", "viewer", "ptz"] as const;

/** A soft factory default keeps these (vapix.md 1.8). */
const KEPT_BY_SOFT = ["BootProto", "IPAddress", "DefaultRouter", "SubnetMask", "Broadcast"].map(
  (name) => `root.Network.${name}`,
);

/** In use: one administrator. */
export const inUse = (user: string, password: string): Settings => ({
  accounts: { [user]: { password, groups: ADMIN_GROUPS } },
  parameters: {},
});

/** As it leaves the factory: no account, except the well-known one of old devices (vapix.md 2.6). */
export function factoryNew({ setup }: Generation): Settings {
  return setup === "rootPass" ? inUse("root", "pass") : { accounts: {}, parameters: {} };
}

export function reset(settings: Settings, mode: "soft" | "hard", generation: Generation): Settings {
  const kept = Object.entries(settings.parameters).filter(
    ([name]) => mode === "soft" && KEPT_BY_SOFT.includes(name),
  );
  return { accounts: factoryNew(generation).accounts, parameters: Object.fromEntries(kept) };
}
