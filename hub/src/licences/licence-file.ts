import type { KeyObject } from "node:crypto";
import { Fault, OrgId } from "@fyr/protocol";
import { z } from "zod";
import { addDays, CivilDate } from "./civil-date.ts";
import { demandSignedBy, readCarried, signCarried } from "./signed-file.ts";

const FORMAT = "fyr-licence-file/1";
/** How long a file is good for beyond the years that are filled (L-73). */
const BEYOND_DAYS = 30;

/** What the hub answers to a system file. */
export const LicenceFacts = z.strictObject({
  systemId: z.uuid(),
  orgId: OrgId,
  product: z.string(),
  /** Rises with each file for this system. */
  serial: z.int().positive(),
  /** The sequence of the system file that it answers. */
  answers: z.int().positive(),
  entitlements: z.record(z.string(), z.int().nonnegative()),
  issuedOn: CivilDate,
  /** The first day on which it counts no more; null for hardware, whose licences have no end. */
  validUntil: CivilDate.nullable(),
});
export type LicenceFacts = z.infer<typeof LicenceFacts>;

/** Of a subscription that is filled up to `filledUntil`. */
export const validUntil = (filledUntil: CivilDate): CivilDate => addDays(filledUntil, BEYOND_DAYS);

export const writeLicenceFile = (facts: LicenceFacts, key: KeyObject): string =>
  signCarried(FORMAT, facts, key);

/** What a system does with it. @throws Fault `SYSTEM_FILE_INVALID` */
export function readLicenceFile(text: string, key: KeyObject): LicenceFacts {
  const carried = readCarried([FORMAT], text);
  demandSignedBy(carried, key);
  const facts = LicenceFacts.safeParse(carried.payload);
  if (facts.success) return facts.data;
  throw new Fault("SYSTEM_FILE_INVALID", { reason: "format" });
}

/**
 * Whether a system takes a file over the one that it has: never an older answer (I-21), nor an answer to what it wrote
 * before it gave its licences up (L-75).
 *
 * @param givenUp sequence of its last deactivation file
 */
export const replaces = (
  next: LicenceFacts,
  held: Pick<LicenceFacts, "answers" | "serial"> | null,
  givenUp = 0,
): boolean =>
  next.answers > givenUp && (held === null || (next.answers >= held.answers && next.serial > held.serial));
