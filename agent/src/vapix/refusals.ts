import type { Serial } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import { z } from "zod";
import type { StateStore } from "../ports.ts";
import type { Login } from "../vault/login.ts";

/**
 * Logins that a device refused. Devices lock out who tries too often, so a refused password rests until its entry in
 * the vault changes or half an hour has passed: at most two wrong logins an hour, restarts included.
 */
export interface LoginRefusals {
  resting(serial: Serial, login: Login): boolean;
  refused(serial: Serial, login: Login): void;
  accepted(serial: Serial): void;
}

export const REST_MS = 30 * 60_000;

const Refused = z.object({ revision: z.string(), at: z.int() });

const nameOf = (serial: Serial): string => `vapix/refused/${serial}`;

export const storedRefusals = (store: StateStore, clock: Pick<Clock, "wall">): LoginRefusals => ({
  resting(serial, login) {
    const bytes = store.get(nameOf(serial));
    if (!bytes) return false;
    const { revision, at } = Refused.parse(JSON.parse(Buffer.from(bytes).toString()));
    const restedMs = clock.wall() - at;
    return revision === login.revision && restedMs >= 0 && restedMs < REST_MS;
  },
  refused(serial, login) {
    const entry: z.infer<typeof Refused> = { revision: login.revision, at: Math.trunc(clock.wall()) };
    store.put(nameOf(serial), Buffer.from(JSON.stringify(entry)));
  },
  accepted(serial) {
    if (store.get(nameOf(serial))) store.remove(nameOf(serial));
  },
});
