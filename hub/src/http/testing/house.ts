import {
  FolderId,
  type DeviceId,
  type ServerId,
  type ServerReport,
  type OrgId,
  type Rank,
  type Role,
} from "@fyr/protocol";
import type { Person } from "../../access/caller.ts";
import type { Member } from "../../access/member.ts";
import { admitted, join, newPerson } from "../../testing/people.ts";
import { FOUNDER, ownerOf } from "../../testing/members.ts";
import { serverHealth, serverReport } from "../../testing/server.ts";
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
  /** Somebody new, with an account. */
  newcomer(rank: Rank, pending?: Role): Promise<Person>;
  at(person: Person): Promise<Member>;
  /** A new device in a branch. */
  newDevice(branch: Branch): Promise<DeviceId>;
  /** A new server in a branch, with an alert. */
  newServer(branch: Branch): Promise<ServerId>;
}

/** A disk so full that there is something to tell. */
const FULL = { name: "D:", use: "recordings", totalBytes: 1_000_000, freeBytes: 10_000 } as const;

let serials = 5_000;
let servers = 0;

export async function openHouse({ hub }: Pick<ApiBed, "hub">, name: string): Promise<House> {
  const { services, store, ports, clock } = hub;
  const canary = `<${name}>`;
  const hidden = `${canary} Paris`;
  const { id: orgId } = await services.createOrganisation(FOUNDER, { name: canary });
  const next = () => ports.ids.next();
  const town = { store, ids: ports.ids };
  const folder = async (parentId: FolderId, label: string): Promise<FolderId> => {
    const id = FolderId.parse(next());
    const facts = { orgId, id, parentId, name: `${canary} ${label}`, createdAt: clock.wall(), version: 1 };
    await store.write(({ folders }) => folders.insert(facts));
    return id;
  };
  const root = FolderId.parse(orgId);
  const lyon = await folder(root, "Lyon");
  const folders = { lyon, hall: await folder(lyon, "Hall"), paris: await folder(root, "Paris") };
  const newcomer = async (rank: Rank, pending: Role | null = null): Promise<Person> => {
    const person = await newPerson(town, { name: `${canary} ${rank}` });
    const role: Role = rank === "owner" ? "admin" : rank;
    const grants = role === "admin" ? [] : [{ folderId: lyon, role }];
    await join(town, orgId, person, { role, owner: rank === "owner", grants, pending });
    return person;
  };
  const at = (person: Person) => admitted(town, orgId, person);
  const people = {
    owner: await newcomer("owner"),
    admin: await newcomer("admin"),
    operator: await newcomer("operator"),
    viewer: await newcomer("viewer"),
  };
  const site = (branch: Branch) =>
    testSite(hub, orgId, branch === "paris" ? hidden : `${canary} Hall`, folders[branch]);
  const reported: Record<Branch, ServerReport[]> = { hall: [], paris: [] };
  const sites = { hall: await site("hall"), paris: await site("paris") };
  return {
    ...{ name, canary, hidden, orgId, folders, sites, people },
    as: (rank) => at(people[rank]),
    newcomer,
    at,
    async newServer(branch) {
      const n = ++servers;
      reported[branch].push(serverReport({ n }, { health: serverHealth({ volumes: [FULL] }) }));
      await sites[branch].sync({ servers: reported[branch] });
      const { items } = await services.servers(ownerOf(orgId), { limit: 500 });
      const made = items.at(-1);
      if (!made) throw new Error("the server was not taken");
      return made.id;
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
