import type { KeyObject } from "node:crypto";
import { Fault, Label } from "@fyr/protocol";
import { z } from "zod";
import { demandSignedBy, publicKeyFrom, readCarried, signCarried } from "./signed-file.ts";

const FORMAT = "fyr-system-file/1";

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

/** What the software to be registered does. */
export const writeSystemFile = (facts: SystemFacts, key: KeyObject): string =>
  signCarried(FORMAT, facts, key);

/**
 * A system file whose signature is by the key that it names.
 *
 * @throws Fault `MESSAGE_TOO_LARGE`, `SYSTEM_FILE_INVALID`
 */
export function readSystemFile(text: string): SystemFacts {
  if (Buffer.byteLength(text) > SYSTEM_FILE_BYTES)
    throw new Fault("MESSAGE_TOO_LARGE", { limit: SYSTEM_FILE_BYTES });
  const carried = readCarried(FORMAT, text);
  const facts = SystemFacts.safeParse(carried.payload);
  if (!facts.success) throw new Fault("SYSTEM_FILE_INVALID", { reason: "format" });
  demandSignedBy(carried, publicKeyFrom(facts.data.publicKey));
  return facts.data;
}

/** What an earlier file of the same system fixed. */
export interface KnownSystem {
  readonly publicKey: string | null;
  readonly sequence: number;
}

/** @throws Fault `SYSTEM_FILE_INVALID` for another key, `SYSTEM_FILE_STALE` for a sequence that is not above the last */
export function demandNewer(facts: SystemFacts, known: KnownSystem | null): void {
  if (known === null) return;
  if (known.publicKey !== null && known.publicKey !== facts.publicKey)
    throw new Fault("SYSTEM_FILE_INVALID", { reason: "key" });
  if (facts.sequence <= known.sequence)
    throw new Fault("SYSTEM_FILE_STALE", { sequence: facts.sequence, last: known.sequence });
}
