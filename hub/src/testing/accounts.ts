import { createHash } from "node:crypto";
import type { Random } from "@fyr/runtime";
import type { PasswordHasher } from "../accounts/passwords.ts";
import { SEALING_KEY_BYTES, sealingWith } from "../accounts/sealing.ts";
import type { HubPorts } from "../ports.ts";

const quickHash = (password: string): string =>
  `quick$${createHash("sha256").update(password).digest("base64url")}`;

/** Costs nothing, so that many sign-ins pass in a moment. */
export const quickHasher: PasswordHasher = {
  hash: async (password) => quickHash(password),
  verify: async (hash, password) => hash === quickHash(password),
};

/** What accounts need of a hub's ports, for a hub that is not real: quick hashes, no mail server. */
export const accountDoubles = (
  random: Random,
): Pick<HubPorts, "passwords" | "sealing" | "mail" | "origin"> => ({
  passwords: quickHasher,
  sealing: sealingWith(new Uint8Array(SEALING_KEY_BYTES).fill(7), random),
  mail: null,
  origin: () => "https://hub.test",
});
