import { z } from "zod";
import { ACTIONS, PERMISSIONS } from "../access/permissions.ts";
import { FolderGrant, Role } from "../access/roles.ts";
import { AccountId, ApiKeyId, ServiceAccountId } from "../ids.ts";
import { Label, Timestamp } from "../scalars.ts";

/** Programs as members of an organisation in the public API, and the keys that they come with. */

const Grants = z.array(FolderGrant).max(2_000);

/** A program that is a member: the same roles and folders as people, never an owner. */
export const ServiceAccount = z
  .strictObject({
    id: ServiceAccountId,
    name: Label,
    role: Role,
    grants: Grants,
    /** None of its keys opens anything while this holds. */
    disabled: z.boolean(),
    createdBy: AccountId,
    createdAt: Timestamp,
    version: z.int().positive(),
  })
  .meta({ id: "ServiceAccount" });
export type ServiceAccount = z.infer<typeof ServiceAccount>;

export const NewServiceAccount = z
  .strictObject({ name: Label, role: Role, grants: Grants })
  .meta({ id: "NewServiceAccount" });
export type NewServiceAccount = z.infer<typeof NewServiceAccount>;

export const ServiceAccountChange = z.strictObject({ name: Label }).meta({ id: "ServiceAccountChange" });

export const ServiceAccountAccess = z
  .strictObject({ role: Role, grants: Grants })
  .meta({ id: "ServiceAccountAccess" });
export type ServiceAccountAccess = z.infer<typeof ServiceAccountAccess>;

/** Actions of the permission table that a key may be limited to: those that service accounts may do at all. */
export const KeyScope = z
  .array(z.enum(ACTIONS))
  .min(1)
  .max(ACTIONS.length)
  .refine((actions) => actions.every((action) => PERMISSIONS[action].service), {
    error: "no service account may do one of these",
  });

export const KEY_DAYS = { least: 1, usual: 90, most: 366 } as const;

export const NewApiKey = z
  .strictObject({
    name: Label,
    /** Null: whatever its service account may do. */
    scope: KeyScope.nullable().default(null),
    /** Days until it ends. */
    days: z.int().min(KEY_DAYS.least).max(KEY_DAYS.most).default(KEY_DAYS.usual),
  })
  .meta({ id: "NewApiKey" });
export type NewApiKey = z.infer<typeof NewApiKey>;

export const ApiKey = z
  .strictObject({
    id: ApiKeyId,
    name: Label,
    scope: z.array(z.enum(ACTIONS)).nullable(),
    state: z.enum(["active", "expired", "revoked"]),
    createdBy: AccountId,
    createdAt: Timestamp,
    /** When its token was last made anew. */
    rotatedAt: Timestamp.nullable(),
    until: Timestamp,
    /** To about a minute. */
    lastUsedAt: Timestamp.nullable(),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof ApiKey>;

/** The key itself: shown this once, kept as its hash. */
export const ApiKeyMade = z.strictObject({ key: ApiKey, token: z.string() }).meta({ id: "ApiKeyMade" });
export type ApiKeyMade = z.infer<typeof ApiKeyMade>;
