import type { Serial } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import { z } from "zod";
import type { StateStore } from "../ports.ts";

/** The TLS key of each device, taken on first use and kept by serial. */
export interface KeyPins {
  /** SHA-256 (hex) of the device's public key; null before it was first met. */
  pinned(serial: Serial): string | null;
  pin(serial: Serial, key: string): void;
}

const Pin = z.object({ key: z.string().regex(/^[0-9a-f]{64}$/), since: z.int() });

const nameOf = (serial: Serial): string => `vapix/pin/${serial}`;

/** Pins that outlive the process. */
export const storedPins = (store: StateStore, clock: Pick<Clock, "wall">): KeyPins => ({
  pinned(serial) {
    const bytes = store.get(nameOf(serial));
    return bytes && Pin.parse(JSON.parse(Buffer.from(bytes).toString())).key;
  },
  pin(serial, key) {
    const pin: z.infer<typeof Pin> = { key, since: Math.trunc(clock.wall()) };
    store.put(nameOf(serial), Buffer.from(JSON.stringify(pin)));
  },
});
