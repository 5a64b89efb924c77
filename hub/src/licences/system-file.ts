import type { KeyObject } from "node:crypto";
import { Fault, Label } from "@fyr/protocol";
import { z } from "zod";
import { demandSignedBy, publicKeyFrom, readCarried, signCarried } from "./signed-file.ts";

const FORMAT = "fyr-system-file/1";
const DEACTIVATION = "fyr-deactivation-file/1";

/** Largest system file that is looked at. */
export const SYSTEM_FILE_BYTES = 1024 * 1024;

const Counts = z.record(z.string().regex(/^[A-Z0-9-]{1,40}$/), z.int().min(0).max(1_000_000));

/** What a system without a network says of itself (L-71). */
export const SystemFacts = z.strictObject({
  product: z.string().regex(/^[A-Z0-9]{1,20}$/),
  systemId: z.uuid().toLowerCase(),
  name: Label,
  hardware: z.string().regex(/^[0-9A-Za-z._-]{1,80}$/),
  /** Ed25519, SPKI in base64; the first accepted file fixes it. */
  publicKey: z.string().max(200),
  softwareVersion: z.string().max(40),
  counts: Counts,
  /** By the system's own clock: a label. */
  createdAt: z.int().nonnegative(),
  sequence: z.int().positive(),
});
export type SystemFacts = z.infer<typeof SystemFacts>;

/** That a system has given up its licences: from then on it takes no file that answers an earlier one (L-75). */
export const DeactivationFacts = SystemFacts.pick({
  ...{ product: true, systemId: true, publicKey: true, createdAt: true, sequence: true },
});
export type DeactivationFacts = z.infer<typeof DeactivationFacts>;

/** What the software to be registered does. */
export const writeSystemFile = (facts: SystemFacts, key: KeyObject): string =>
  signCarried(FORMAT, facts, key);

/** What the software does when its system is to move to another organisation. */
export const writeDeactivationFile = (facts: DeactivationFacts, key: KeyObject): string =>
  signCarried(DEACTIVATION, facts, key);

/** One of the files that a system without a network writes. */
export type SystemFile =
  | { readonly kind: "system"; readonly facts: SystemFacts }
  | { readonly kind: "deactivation"; readonly facts: DeactivationFacts };

/**
 * A file of a system whose signature is by the key that it names.
 *
 * @throws Fault `MESSAGE_TOO_LARGE`, `SYSTEM_FILE_INVALID`
 */
export function readSystemFile(text: string): SystemFile {
  if (Buffer.byteLength(text) > SYSTEM_FILE_BYTES)
    throw new Fault("MESSAGE_TOO_LARGE", { limit: SYSTEM_FILE_BYTES });
  const carried = readCarried([FORMAT, DEACTIVATION], text);
  const read = <T extends { readonly publicKey: string }>(schema: z.ZodType<T>): T => {
    const facts = schema.safeParse(carried.payload);
    if (!facts.success) throw new Fault("SYSTEM_FILE_INVALID", { reason: "format" });
    demandSignedBy(carried, publicKeyFrom(facts.data.publicKey));
    return facts.data;
  };
  return carried.format === FORMAT
    ? { kind: "system", facts: read(SystemFacts) }
    : { kind: "deactivation", facts: read(DeactivationFacts) };
}

/** What an earlier file of the same system fixed. */
export interface KnownSystem {
  readonly publicKey: string | null;
  readonly sequence: number;
}

/** @throws Fault `SYSTEM_FILE_INVALID` for another key, `SYSTEM_FILE_STALE` for a sequence that is not above the last */
export function demandNewer(
  facts: Pick<SystemFacts, "publicKey" | "sequence">,
  known: KnownSystem | null,
): void {
  if (known === null) return;
  if (known.publicKey !== null && known.publicKey !== facts.publicKey)
    throw new Fault("SYSTEM_FILE_INVALID", { reason: "key" });
  if (facts.sequence <= known.sequence)
    throw new Fault("SYSTEM_FILE_STALE", { sequence: facts.sequence, last: known.sequence });
}
