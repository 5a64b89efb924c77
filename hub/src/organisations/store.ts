import type {
  AccountId,
  AgentId,
  Language,
  Organisation,
  OrganisationHolds,
  OrgId,
  OrgSettings,
} from "@fyr/protocol";
import type { PrincipalId } from "../access/store.ts";
import type { PageWish } from "../ports.ts";

/** An organisation as the hub keeps it. */
export interface OrganisationRecord extends Organisation {
  readonly settings: OrgSettings;
  readonly archivedBy: string | null;
}

/** Where an owner is written to. */
export interface OwnerAddress {
  readonly accountId: AccountId;
  readonly email: string;
  readonly language: Language;
}

export interface OrganisationStore {
  insert(organisation: OrganisationRecord): Promise<void>;
  find(orgId: OrgId): Promise<OrganisationRecord | null>;
  /** Locked until the transaction ends: changes of its members wait for each other here. */
  lock(orgId: OrgId): Promise<OrganisationRecord | null>;
  /** Writes everything that can change; the caller holds the lock. */
  save(organisation: OrganisationRecord): Promise<void>;
  /** Those that live and that somebody is a member of, by id, oldest first; one more than wished when there are more. */
  pageOf(principalId: PrincipalId, wish: PageWish): Promise<OrganisationRecord[]>;
  /** Likewise those that are archived and that somebody owned. */
  archivedOf(principalId: PrincipalId, wish: PageWish): Promise<OrganisationRecord[]>;
  /** All of them, for the hub's own work: by id, oldest first; one more than wished when there are more. */
  page(wish: PageWish): Promise<OrganisationRecord[]>;
  /** How much is in it. */
  holds(orgId: OrgId): Promise<OrganisationHolds>;
  hasOwner(orgId: OrgId): Promise<boolean>;
  enrolledAgents(orgId: OrgId): Promise<AgentId[]>;
  /** Persons who own it, longest first. */
  owners(orgId: OrgId): Promise<OwnerAddress[]>;
}
