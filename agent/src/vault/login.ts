import type { Serial } from "@fyr/protocol";
import type { Secret } from "./secret.ts";

/** What opens a device. */
export interface Login {
  readonly user: string;
  readonly password: Secret;
  /** New whenever the entry is written: a password that was refused is not tried again, a new one is. */
  readonly revision: string;
}

/** Which login a device takes. */
export interface Logins {
  /** The device's own, else that of its group, else the default; null when the vault has none. */
  loginFor(serial: Serial, group: string | null): Login | null;
}
