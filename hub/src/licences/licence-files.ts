import { createPublicKey } from "node:crypto";
import type { SigningKey } from "@fyr/certs";
import { writeLicenceFile } from "./licence-file.ts";
import type { LicenceFiles } from "./systems.ts";

/** Licence files signed with `key`, which does nothing else. */
export const licenceFiles = ({ keyid, key }: SigningKey): LicenceFiles => ({
  keyid,
  publicKey: createPublicKey(key).export({ type: "spki", format: "pem" }).toString(),
  write: (facts) => writeLicenceFile(facts, key),
});
