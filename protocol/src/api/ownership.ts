import { z } from "zod";
import { AccountId } from "../ids.ts";
import { Label, Timestamp } from "../scalars.ts";

/** An admin's claim on an organisation whose owners were all suspended; takes effect unless an owner objects. */
export const OwnershipClaim = z
  .strictObject({ accountId: AccountId, name: Label, claimedAt: Timestamp, effectiveAt: Timestamp })
  .meta({ id: "OwnershipClaim" });
export type OwnershipClaim = z.infer<typeof OwnershipClaim>;

/** Who can act as the organisation's owner. */
export const Ownership = z
  .strictObject({
    /** False when nobody with the owner's mark can sign in: "no active owner". */
    activeOwner: z.boolean(),
    claim: OwnershipClaim.nullable(),
  })
  .meta({ id: "Ownership" });
export type Ownership = z.infer<typeof Ownership>;
