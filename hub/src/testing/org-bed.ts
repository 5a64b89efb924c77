import type { AuditEntry, FolderId, OrgId } from "@fyr/protocol";
import { DEFAULT_SETTINGS, OrgId as OrgIdSchema } from "@fyr/protocol";
import type { Person } from "../access/caller.ts";
import type { Member } from "../access/member.ts";
import { accountBed, type AccountBed } from "../accounts/testing/bed.ts";
import { defaultFolderOf } from "../folders/default-folder.ts";
import { invitationService, type InvitationService } from "../invitations/service.ts";
import { memberService, type MemberService } from "../members/service.ts";
import { serviceAccountService, type ServiceAccountService } from "../service-accounts/service.ts";
import type { OrganisationRecord } from "../organisations/store.ts";
import type { HeldMember } from "../members/store.ts";
import type { HubStore } from "../store/store.ts";
import { admitted, join, newFolder, newPerson, type Town } from "./people.ts";

export interface OrgBed extends AccountBed, Town {
  readonly members: MemberService;
  readonly invitations: InvitationService;
  readonly services: ServiceAccountService;
  /** Two organisations; the first is where tests play. */
  readonly orgId: OrgId;
  readonly otherOrg: OrgId;
  /** The only owner of both. */
  readonly owner: Awaited<ReturnType<typeof newPerson>>;
  readonly lyon: FolderId;
  /** Below Lyon. */
  readonly hall: FolderId;
  readonly paris: FolderId;
  newPerson(facts?: Parameters<typeof newPerson>[1]): ReturnType<typeof newPerson>;
  /** Somebody new with these rights in the first organisation. */
  member(
    held?: Partial<Pick<HeldMember, "role" | "owner" | "pending" | "grants" | "active">>,
  ): ReturnType<typeof newPerson>;
  /** Whoever it is, as the gate would admit them now. */
  as(person: Person, orgId?: OrgId): Promise<Member>;
  audit(orgId?: OrgId): Promise<AuditEntry[]>;
}

/** Two organisations with folders, people and the services about them, over a store. */
export async function orgBed(
  store: HubStore,
  seed: string,
  facts: Partial<OrganisationRecord> = {},
): Promise<OrgBed> {
  const accounts = accountBed(store, seed);
  const { ports } = accounts;
  const town = { store, ids: ports.ids };
  const owner = await newPerson(town, { name: "Olga Owner" });
  const organisation = async (name: string): Promise<OrgId> => {
    const id = OrgIdSchema.parse(town.ids.next());
    const plain = { notes: "", createdAt: 1, archivedAt: null, archivedBy: null, version: 1 };
    const root = { orgId: id, id: defaultFolderOf(id), parentId: null, name, createdAt: 1, version: 1 };
    await store.write(async ({ organisations, folders }) => {
      await organisations.insert({ id, name, settings: DEFAULT_SETTINGS, ...plain, ...facts });
      await folders.insert(root);
    });
    await join(town, id, owner, { role: "admin", owner: true });
    return id;
  };
  const orgId = await organisation("Harbour");
  const otherOrg = await organisation("Globex");
  const lyon = await newFolder(town, orgId, "Lyon");
  return {
    ...accounts,
    ...town,
    ...{ orgId, otherOrg, owner, lyon },
    members: memberService(ports, store),
    invitations: invitationService(ports, store),
    services: serviceAccountService(ports, store),
    hall: await newFolder(town, orgId, "Hall", lyon),
    paris: await newFolder(town, orgId, "Paris"),
    newPerson: (who) => newPerson(town, who),
    async member(held = {}) {
      const person = await newPerson(town);
      await join(town, orgId, person, held);
      return person;
    },
    as: (person, where = orgId) => admitted(town, where, person),
    audit: async (where = orgId) => store.read.audit.page(where, { limit: 500 }, "everybody"),
  };
}
