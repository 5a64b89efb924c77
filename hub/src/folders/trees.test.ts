import { FolderId, isFault, may, rankIn, reachOf, type FolderGrant, type OrgId } from "@fyr/protocol";
import { seededRandom, uuid7Ids, type Random } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Member } from "../access/member.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { memoryStore } from "../testing/hub.ts";
import { admittedAs, joinNew } from "../testing/people.ts";
import { ownerOf } from "../testing/members.ts";
import { organisationRecord } from "../testing/records.ts";
import { defaultFolderOf } from "./default-folder.ts";
import { folderService } from "./service.ts";
import { isBelow, levelOf, moved, wayUp, type Tree } from "./testing/oracle.ts";

const clock = fakeClock();
const ids = uuid7Ids(clock, seededRandom("trees"));
const RANKS_FROM_NOTHING = [null, "viewer", "operator", "admin", "owner"];
const ROLES = [null, "viewer", "operator"] as const;
const isLong = process.env["FYR_LONG"] === "1";

const below = (random: Random, end: number): number => Math.floor(random.next() * end);

function grown(random: Random): Tree {
  const size = 2 + below(random, 9);
  const parents = Array.from({ length: size }, (_, at) => (at === 0 ? -1 : below(random, at)));
  const grants = Array.from({ length: 1 + below(random, 3) }, () => {
    const folders = Array.from({ length: below(random, 4) }, () => below(random, size));
    return new Map(folders.map((folder) => [folder, 1 + below(random, 2)]));
  });
  return { parents, grants };
}

/** The decision alone, over ways that the oracle walked. */
test("B4-E1 A-10: 10,000 random trees and grants, decided as a walk up the parents decides", () => {
  for (let seed = 0; seed < 10_000; seed++) {
    const tree = grown(seededRandom(`tree ${seed}`));
    const name = (at: number) => `01890000-0000-7000-8000-${String(at).padStart(12, "0")}` as FolderId;
    const standings = tree.grants.map((held) => ({
      ...ownerOf(name(0) as string as OrgId, { role: "viewer", owner: false }),
      grants: [...held].map(([at, level]) => ({ folderId: name(at), role: ROLES[level] }) as FolderGrant),
    }));
    const differs = standings.some((standing, member) =>
      tree.parents.some((_, folder) => {
        const place = { path: wayUp(tree, folder).map(name) };
        const level = levelOf(tree, member, folder);
        const [sees, controls] = (["device.read", "device.control"] as const).map(
          (action) => may(standing, action, place).kind === "allowed",
        );
        const reach = reachOf(standing, "device.control");
        const reached = reach !== "everywhere" && reach.some((top) => place.path.includes(top));
        return sees !== level > 0 || controls !== (level === 2) || reached !== controls;
      }),
    );
    expect(differs, `seed ${seed}`).toBe(false);
  }
});

test("A-10: a grant more takes nothing away, in 2,000 random trees", () => {
  for (let seed = 0; seed < 2_000; seed++) {
    const random = seededRandom(`more ${seed}`);
    const tree = grown(random);
    const [at, level] = [below(random, tree.parents.length), 1 + below(random, 2)];
    const grants = tree.grants.map((held) => new Map([...held, [at, Math.max(level, held.get(at) ?? 0)]]));
    const name = (folder: number) =>
      `01890000-0000-7000-8000-${String(folder).padStart(12, "0")}` as FolderId;
    const rankFor = (held: ReadonlyMap<number, number>, folder: number) =>
      RANKS_FROM_NOTHING.indexOf(
        rankIn(
          {
            ...ownerOf(name(0) as string as OrgId, { role: "viewer", owner: false }),
            grants: [...held].map(
              ([on, given]) => ({ folderId: name(on), role: ROLES[given] }) as FolderGrant,
            ),
          },
          wayUp(tree, folder).map(name),
        ),
      );
    for (const [member, held] of tree.grants.entries())
      for (const folder of tree.parents.keys())
        expect(rankFor(grants[member]!, folder)).toBeGreaterThanOrEqual(rankFor(held, folder));
  }
});

interface Planted {
  readonly orgId: OrgId;
  readonly folders: readonly FolderId[];
  readonly members: readonly Member[];
}

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  describe.skipIf(!runs)("folders", () => {
    let opened: OpenedStore;
    beforeAll(async () => {
      // Thousands of trees need no disk.
      const kept = async () => ({ store: await memoryStore(), url: "", drop: () => opened.store.close() });
      opened = await (name === "SQLite" ? kept() : open());
    });
    afterAll(() => opened.drop());

    const service = () => folderService({ clock, ids }, opened.store);

    async function plant({ parents, grants }: Tree): Promise<Planted> {
      const organisation = organisationRecord();
      const orgId = organisation.id;
      const folders = parents.map((_, at) =>
        at === 0 ? defaultFolderOf(orgId) : FolderId.parse(ids.next()),
      );
      const idOf = (at: number) => folders[at] ?? null;
      await opened.store.write(async (stores) => {
        await stores.organisations.insert(organisation);
        for (const [at, id] of folders.entries()) {
          const facts = { name: `folder ${at}`, createdAt: 1, version: 1 };
          await stores.folders.insert({ orgId, id, parentId: idOf(parents[at] ?? -1), ...facts });
        }
      });
      const members: Member[] = [];
      for (const held of grants) {
        const granted = [...held].map(([at, level]) => ({ folderId: idOf(at), role: ROLES[level] }));
        const wish = { role: "operator", grants: granted as FolderGrant[] } as const;
        const accountId = await joinNew({ store: opened.store, ports: { ids } }, orgId, wish);
        members.push(await admittedAs(opened.store, orgId, accountId));
      }
      return { orgId, folders, members };
    }

    /** What the product says, member by member and folder by folder, and that the lists say the same. */
    async function levels({ orgId, folders, members }: Planted): Promise<number[][]> {
      const { read } = opened.store;
      const paths = await Promise.all(folders.map((id) => read.folders.pathOf(orgId, id)));
      return Promise.all(
        members.map(async (member) => {
          const found = paths.map((path) => {
            if (may(member, "device.control", { path }).kind === "allowed") return 2;
            return may(member, "device.read", { path }).kind === "allowed" ? 1 : 0;
          });
          const listed = await read.folders.page(orgId, reachOf(member, "folder.read"), { limit: 100 });
          const visible = folders.filter((_, at) => found[at]);
          expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(visible));
          for (const { parentId } of listed) if (parentId !== null) expect(visible).toContain(parentId);
          return found;
        }),
      );
    }

    const reckoned = (tree: Tree): number[][] =>
      tree.grants.map((_, member) => tree.parents.map((_, folder) => levelOf(tree, member, folder)));

    async function waysHold({ orgId, folders }: Planted, tree: Tree): Promise<void> {
      for (const [at, id] of folders.entries()) {
        const way = wayUp(tree, at).map((step) => folders[step]);
        expect(await opened.store.read.folders.pathOf(orgId, id)).toEqual(way);
      }
    }

    async function one(random: Random): Promise<void> {
      const tree = grown(random);
      const planted = await plant(tree);
      const before = reckoned(tree);
      expect(await levels(planted)).toEqual(before);

      const [folder, parent] = [
        1 + below(random, tree.parents.length - 1),
        below(random, tree.parents.length),
      ];
      const [folderId, parentId] = [planted.folders[folder]!, planted.folders[parent]!];
      const owner = ownerOf(planted.orgId);
      if (isBelow(tree, parent, folder)) {
        const refused = await service()
          .move(owner, folderId, parentId, 1)
          .catch((error: unknown) => error);
        expect(isFault(refused, "FOLDER_CYCLE")).toBe(true);
        return waysHold(planted, tree);
      }
      const told = await service().previewMove(owner, folderId, parentId);
      await service().move(owner, folderId, parentId, 1);
      const after = moved(tree, folder, parent);
      await waysHold(planted, after);
      expect(await levels(planted)).toEqual(reckoned(after));

      const changed = (rose: boolean) =>
        planted.members
          .filter((_, member) =>
            tree.parents.some((_, at) => {
              const [was, is] = [before[member]![at]!, levelOf(after, member, at)];
              if (!isBelow(after, at, folder)) expect(is).toBe(was);
              return rose ? is > was : is < was;
            }),
          )
          .map(({ principalId }) => principalId)
          .sort();
      expect(told.gains.map(({ memberId }) => memberId)).toEqual(changed(true));
      expect(told.loses.map(({ memberId }) => memberId)).toEqual(changed(false));
    }

    const trees = isLong ? 10_000 : name === "SQLite" ? 400 : 60;
    test(
      `B4-E1 A-10 A-13 A-16 A-52: ${trees} random trees and grants agree with a walk up the parents, and a move changes what was told`,
      async () => {
        for (let seed = 0; seed < trees; seed++) {
          await one(seededRandom(`tree ${seed}`)).catch((error: unknown) => {
            throw new Error(`seed ${seed}`, { cause: error });
          });
        }
      },
      isLong ? 7_200_000 : 600_000,
    );
  });
});
