import type { AccountId, Action, ApiKeyId, OrgId, ServiceAccountId } from "@fyr/protocol";
import type { HeldMember } from "../members/store.ts";
import type { PageWish } from "../ports.ts";

/** A program; what it may do stands in its membership, like that of people. */
export interface ServiceAccountRecord {
  readonly orgId: OrgId;
  readonly id: ServiceAccountId;
  readonly name: string;
  readonly createdBy: AccountId;
  readonly createdAt: number;
}

/** With its membership, whose version counts for both. */
export interface ServiceMember extends ServiceAccountRecord {
  readonly held: HeldMember;
}

export interface ApiKeyRecord {
  readonly orgId: OrgId;
  readonly id: ApiKeyId;
  readonly serviceId: ServiceAccountId;
  readonly name: string;
  readonly tokenHash: string;
  readonly scope: readonly Action[] | null;
  readonly createdBy: AccountId;
  readonly createdAt: number;
  readonly rotatedAt: number | null;
  readonly until: number;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** What a key's token stands for at this moment. */
export type KeyStanding = Pick<
  ApiKeyRecord,
  "orgId" | "id" | "serviceId" | "scope" | "until" | "lastUsedAt" | "revokedAt"
> & {
  /** Whether its service account is. */
  readonly active: boolean;
};

export interface ServiceAccountStore {
  insert(account: ServiceAccountRecord): Promise<void>;
  find(orgId: OrgId, id: ServiceAccountId): Promise<ServiceMember | null>;
  /** By id, oldest first; one more than wished when there are more. */
  page(orgId: OrgId, wish: PageWish): Promise<ServiceMember[]>;
  rename(orgId: OrgId, id: ServiceAccountId, name: string): Promise<void>;

  insertKey(key: ApiKeyRecord): Promise<void>;
  findKey(orgId: OrgId, serviceId: ServiceAccountId, id: ApiKeyId): Promise<ApiKeyRecord | null>;
  /** By id, oldest first; one more than wished when there are more. */
  keys(orgId: OrgId, serviceId: ServiceAccountId, wish: PageWish): Promise<ApiKeyRecord[]>;
  saveKey(key: ApiKeyRecord): Promise<void>;
  /** One query; whatever organisation it is of. */
  byToken(tokenHash: string): Promise<KeyStanding | null>;
  used(orgId: OrgId, id: ApiKeyId, at: number): Promise<void>;
}
