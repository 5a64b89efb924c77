import {
  AccountId,
  DEFAULT_SETTINGS,
  FolderId,
  RANKS,
  type DeviceId,
  type OrgId,
  type Rank,
  type Role,
} from "@fyr/protocol";
import type { Person } from "../../access/caller.ts";
import { memberOf, type Member } from "../../access/member.ts";
import { FOUNDER, ownerOf } from "../../testing/members.ts";
import { serialOf, testSite, type TestSite } from "../../testing.ts";
import type { ApiBed } from "./api-bed.ts";

/** Where something stands, for whoever reaches `lyon` and what is below: inside, or outside. */
export type Branch = "hall" | "paris";

/**
 * An organisation with two branches of folders (`lyon` with `hall` below, and `paris`), a site in each, and somebody of
 * each rank: operator and viewer reach `lyon` alone.
 */
export interface House {
  readonly name: string;
  /** Stands in the name of everything of it that is made here: whoever reads it has read something of this house. */
  readonly canary: string;
  /** Stands in the names of what is in `paris`. */
  readonly hidden: string;
  readonly orgId: OrgId;
  readonly folders: Readonly<Record<"lyon" | Branch, FolderId>>;
  readonly sites: Readonly<Record<Branch, TestSite>>;
  readonly people: Readonly<Record<Rank, Person>>;
  /** Somebody at work in it, as the database has it now. */
  as(rank: Rank): Promise<Member>;
  /** A new device in a branch. */
  newDevice(branch: Branch): Promise<DeviceId>;
}

let serials = 5_000;

export async function openHouse({ hub }: Pick<ApiBed, "hub">, name: string): Promise<House> {
  const { services, store, ports, clock } = hub;
  const canary = `<${name}>`;
  const hidden = `${canary} Paris`;
  const { id: orgId } = await services.createOrganisation(FOUNDER, { name: canary });
  const next = () => ports.ids.next();
  const people = Object.fromEntries(
    RANKS.map((rank) => [rank, { ...FOUNDER, accountId: AccountId.parse(next()) }]),
  ) as Record<Rank, Person>;
  const folder = async (parentId: FolderId, label: string): Promise<FolderId> => {
    const id = FolderId.parse(next());
    const facts = { orgId, id, parentId, name: `${canary} ${label}`, createdAt: clock.wall(), version: 1 };
    await store.write(({ folders }) => folders.insert(facts));
    return id;
  };
  const root = FolderId.parse(orgId);
  const lyon = await folder(root, "Lyon");
  const folders = { lyon, hall: await folder(lyon, "Hall"), paris: await folder(root, "Paris") };
  const join = (rank: Rank) => {
    const role: Role = rank === "owner" ? "admin" : rank;
    const grants = role === "admin" ? [] : [{ folderId: lyon, role }];
    const facts = { orgId, principalId: people[rank].accountId, kind: "person", role } as const;
    const plain = { active: true, pending: null, invitedBy: null, joinedAt: clock.wall(), version: 1 };
    return store.write(({ members }) =>
      members.insert({ ...facts, ...plain, owner: rank === "owner" }, grants),
    );
  };
  for (const rank of RANKS) await join(rank);
  const site = (branch: Branch) =>
    testSite(hub, orgId, branch === "paris" ? hidden : `${canary} Hall`, folders[branch]);
  const sites = { hall: await site("hall"), paris: await site("paris") };
  return {
    ...{ name, canary, hidden, orgId, folders, sites, people },
    async as(rank) {
      const membership = await store.read.access.membership(orgId, people[rank].accountId);
      if (!membership) throw new Error(`no ${rank} in ${name}`);
      return memberOf(people[rank], {
        ...membership,
        settings: { ...DEFAULT_SETTINGS, ...membership.settings },
      });
    },
    async newDevice(branch) {
      const serial = serialOf(++serials);
      await sites[branch].report({ serial, name: `${branch === "paris" ? hidden : canary} camera` });
      const known = await services.devices(ownerOf(orgId), { limit: 500 });
      const made = known.items.find((device) => device.serial === serial);
      if (!made) throw new Error("the device was not taken");
      return made.id;
    },
  };
}
