import {
  AccountId,
  type EmailAddress,
  Fault,
  type Organisation,
  type OrganisationHolds,
  type OrgId,
} from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import type { Post } from "../mail/post.ts";
import type { HubStore } from "../store/store.ts";
import { showOrganisation } from "./show.ts";

export type ListedOrganisation = Pick<Organisation, "id" | "name" | "createdAt" | "archivedAt"> & {
  readonly holds: OrganisationHolds;
  readonly owners: number;
};

/** What the hub's operator does to organisations from outside; each act stands in the organisation's own audit. */
export interface OperatorOfOrganisations {
  /** Names and counts, never what is inside. */
  list(): Promise<ListedOrganisation[]>;
  /** Everything as before; two owners are told by mail. @throws Fault NOT_FOUND, ORG_NOT_ARCHIVED */
  restore(orgId: OrgId, reason: string): Promise<Organisation>;
  /** Gives an organisation that has no owner its first one. @throws Fault NOT_FOUND, ORG_OWNED */
  adopt(orgId: OrgId, email: EmailAddress, reason: string): Promise<void>;
}

interface OperatorPorts {
  readonly clock: Pick<Clock, "wall">;
  readonly post: Post;
  /** Where people reach the console, without a slash at the end. */
  origin(): string;
}

/** Owners who are told of a restore. */
const TOLD = 2;
const PAGE = 200;

export const operatorOfOrganisations = (
  { clock, post, origin }: OperatorPorts,
  store: HubStore,
): OperatorOfOrganisations => ({
  async list() {
    const { organisations } = store.read;
    const all: ListedOrganisation[] = [];
    for (let after: string | undefined; ;) {
      const found = (await organisations.page({ after, limit: PAGE })).slice(0, PAGE);
      for (const each of found) {
        const owners = (await organisations.owners(each.id)).length;
        const { id, name, createdAt, archivedAt } = each;
        all.push({ id, name, createdAt, archivedAt, holds: await organisations.holds(id), owners });
      }
      if (found.length < PAGE) return all;
      after = found.at(-1)?.id;
    }
  },
  restore: (orgId, reason) =>
    store.write(async ({ organisations, mails, audit }) => {
      const found = await organisations.lock(orgId);
      if (!found) throw new Fault("NOT_FOUND");
      const { archivedAt, archivedBy } = found;
      if (archivedAt === null) throw new Fault("ORG_NOT_ARCHIVED");
      const organisation = { ...found, archivedAt: null, archivedBy: null, version: found.version + 1 };
      await organisations.save(organisation);
      const entry = { orgId, at: clock.wall(), actor: "operator", action: "organisation.restored" };
      await audit.append([
        { ...entry, object: orgId, before: { archivedAt, archivedBy }, after: { reason } },
      ]);
      const letter = { kind: "organisation_restored", organisation: found.name, link: origin() } as const;
      for (const { email: to, language } of (await organisations.owners(orgId)).slice(0, TOLD))
        await post.put(mails, { to, language, letter });
      return showOrganisation(organisation);
    }),
  adopt: (orgId, email, reason) =>
    store.write(async ({ organisations, accounts, access, members, audit }) => {
      const found = await organisations.lock(orgId);
      const account = await accounts.byEmail(email);
      if (!found || !account) throw new Fault("NOT_FOUND");
      if (found.archivedAt !== null) throw new Fault("ORG_ARCHIVED", { orgId, archivedAt: found.archivedAt });
      const owned = await organisations.hasOwner(orgId);
      if (owned || (await access.membership(orgId, account.id)) !== null) throw new Fault("ORG_OWNED");
      const at = clock.wall();
      const owner = { principalId: AccountId.parse(account.id), kind: "person", role: "admin" } as const;
      const facts = { owner: true, active: true, pending: null, invitedBy: null, joinedAt: at, version: 1 };
      await members.insert({ orgId, ...owner, ...facts }, []);
      const entry = { orgId, at, actor: "operator", action: "organisation.adopted", object: orgId };
      await audit.append([{ ...entry, after: { owner: account.id, reason } }]);
    }),
});
