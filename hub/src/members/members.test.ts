import { AccountId, type FolderGrant, type FolderId, type MemberAccess } from "@fyr/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Person } from "../access/caller.ts";
import { demand } from "../access/member.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { orgBed, type OrgBed } from "../testing/org-bed.ts";
import { deviceRecord } from "../testing/records.ts";
import { join } from "../testing/people.ts";

const NOBODY = AccountId.parse("01890000-0000-7000-8000-00000000dead");
const wish = (role: MemberAccess["role"], grants: FolderGrant[] = [], selfConfirmed = false) => ({
  ...{ role, grants, selfConfirmed },
});
const asOperator = (folderId: FolderId): FolderGrant => ({ folderId, role: "operator" });
const asViewer = (folderId: FolderId): FolderGrant => ({ folderId, role: "viewer" });
const ADMIN = { role: "admin" } as const;
const OWNER = { role: "admin", owner: true } as const;

describe.each(await testDatabases())("members on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let bed: OrgBed;
  let seed = 0;
  const fresh = async () => (bed = await orgBed(opened.store, `members ${name} ${++seed}`));

  describe.skipIf(!runs)("a service", () => {
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.drop());

    /** Changes somebody's access, with the version that is there. */
    /** A change whose asker was let in by the gate, and that waits for the click. */
    const readyToChange = async (by: Person, whom: Person, access: ReturnType<typeof wish>) => {
      const asking = await bed.as(by);
      const { version } = await bed.members.one(asking, whom.accountId);
      return () => bed.members.changeAccess(asking, whom.accountId, access, version);
    };
    const change = async (...asked: Parameters<typeof readyToChange>) => (await readyToChange(...asked))();
    const mark = async (by: Person, whom: Person, owner: boolean, selfConfirmed = false) => {
      const asking = await bed.as(by);
      const { version } = await bed.members.one(asking, whom.accountId);
      return bed.members.markOwner(asking, whom.accountId, { owner, selfConfirmed }, version);
    };
    const owners = async () =>
      (await bed.members.page(await bed.as(bed.owner).catch(() => bed.as(bed.owner)), { limit: 50 })).items
        .filter(({ owner }) => owner)
        .map(({ accountId }) => accountId);
    const lastEntries = async (count: number) =>
      (await bed.audit()).slice(-count).map(({ action, actor, object }) => [action, actor, object]);

    test("R-014 R-030 R-035 row 11: everybody sees who is in the organisation they are in, and in no other", async () => {
      await fresh();
      const viewer = await bed.member({ grants: [asViewer(bed.lyon)] });
      const { items } = await bed.members.page(await bed.as(viewer), { limit: 50 });
      expect(items.map(({ name: who, email, role }) => [who, email, role])).toEqual([
        [bed.owner.name, bed.owner.email, "admin"],
        [viewer.name, viewer.email, "viewer"],
      ]);
      const elsewhere = await bed.members.page(await bed.as(bed.owner, bed.otherOrg), { limit: 50 });
      expect(elsewhere.items.map(({ accountId }) => accountId)).toEqual([bed.owner.accountId]);
    });

    test("row 12: folders, second factor and sign-in of others are for admins; everybody sees their own", async () => {
      await fresh();
      const viewer = await bed.member({ grants: [asViewer(bed.lyon)], pending: "operator" });
      const details = { grants: [asViewer(bed.lyon)], pendingRole: "operator", factorMethod: "totp" };
      const seen = async (by: Person, whom: Person) =>
        (await bed.members.one(await bed.as(by), whom.accountId)).details;
      expect(await seen(viewer, viewer)).toMatchObject(details);
      expect(await seen(bed.owner, viewer)).toMatchObject(details);
      expect(await seen(viewer, bed.owner)).toBeNull();
    });

    test("pages show each person once, in one order", async () => {
      await fresh();
      for (let n = 0; n < 4; n++) await bed.member();
      const asking = await bed.as(bed.owner);
      const ids: string[] = [];
      for (let after: string | undefined; ;) {
        const page = await bed.members.page(asking, { limit: 2, after });
        ids.push(...page.items.map(({ accountId }) => accountId));
        if (page.next === null) break;
        after = page.next;
      }
      expect(ids).toHaveLength(5);
      expect(ids).toEqual([...new Set(ids)].sort());
    });

    test("A-11: a member is shown with the highest role of all folders", async () => {
      await fresh();
      const both = await bed.member();
      const shown = await change(
        bed.owner,
        both,
        wish("operator", [asViewer(bed.paris), asOperator(bed.lyon)]),
      );
      expect(shown).toMatchObject({ role: "operator", version: 2 });
      expect(shown.details?.grants).toEqual(
        [asOperator(bed.lyon), asViewer(bed.paris)].sort((a, b) => (a.folderId < b.folderId ? -1 : 1)),
      );
      const less = await change(bed.owner, both, wish("operator", [asViewer(bed.paris)]));
      expect(less.role).toBe("viewer");
    });

    test("R-036 R-037 R-043 R-044: role and folders are one change, which counts at the very next request", async () => {
      await fresh();
      const person = await bed.member({ grants: [asViewer(bed.lyon)] });
      await change(bed.owner, person, wish("operator", [asOperator(bed.paris)]));
      const now = await bed.as(person);
      const root = [bed.orgId as unknown as FolderId];
      expect(() => demand(now, "device.control", { path: [bed.paris, ...root] })).not.toThrow();
      expect(() => demand(now, "device.read", { path: [bed.lyon, ...root] })).toThrow("NOT_FOUND");
      expect(await lastEntries(1)).toEqual([
        ["member.access_changed", `account:${bed.owner.accountId}`, person.accountId],
      ]);
      expect((await bed.audit()).at(-1)).toMatchObject({
        before: { role: "viewer", owner: false, grants: [asViewer(bed.lyon)], pending: null },
        after: { role: "operator", owner: false, grants: [asOperator(bed.paris)], pending: null },
      });
    });

    test("a change that changes nothing leaves no entry", async () => {
      await fresh();
      const person = await bed.member({ grants: [asViewer(bed.lyon)] });
      const entries = (await bed.audit()).length;
      const same = await change(bed.owner, person, wish("viewer", [asViewer(bed.lyon)]));
      expect([same.version, (await bed.audit()).length]).toEqual([1, entries]);
    });

    test("a change for another version than the one that is there is refused", async () => {
      await fresh();
      const person = await bed.member();
      const asking = await bed.as(bed.owner);
      await bed.members.changeAccess(asking, person.accountId, wish("viewer", [asViewer(bed.lyon)]), 1);
      const late = bed.members.changeAccess(asking, person.accountId, wish("admin"), 1);
      await expect(late).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
      expect((await bed.members.one(asking, person.accountId)).role).toBe("viewer");
    });

    test.each([
      ["folders for an admin", (lyon: FolderId) => wish("admin", [asOperator(lyon)])],
      ["one folder twice", (lyon: FolderId) => wish("operator", [asOperator(lyon), asViewer(lyon)])],
      ["more than the role", (lyon: FolderId) => wish("viewer", [asOperator(lyon)])],
    ])("%s are refused", async (_what, access) => {
      await fresh();
      const person = await bed.member();
      await expect(change(bed.owner, person, access(bed.lyon))).rejects.toMatchObject({
        code: "MESSAGE_INVALID",
      });
    });

    test("A-20: an absent folder, another organisation's folder and a stranger are not found, all alike", async () => {
      await fresh();
      const person = await bed.member();
      const stranger = await bed.newPerson();
      await join(bed, bed.otherOrg, stranger);
      const asking = await bed.as(bed.owner);
      for (const folder of [bed.otherOrg, NOBODY] as unknown as FolderId[]) {
        const refused = change(bed.owner, person, wish("viewer", [asViewer(folder)]));
        await expect(refused).rejects.toMatchObject({ code: "NOT_FOUND" });
      }
      for (const whom of [stranger.accountId, NOBODY]) {
        const asked = [
          () => bed.members.one(asking, whom),
          () => bed.members.previewAccess(asking, whom, wish("viewer")),
          () => bed.members.changeAccess(asking, whom, wish("viewer"), 1),
          () => bed.members.markOwner(asking, whom, { owner: true, selfConfirmed: false }, 1),
          () => bed.members.confirmRole(asking, whom),
          () => bed.members.refuseRole(asking, whom),
          () => bed.members.remove(asking, whom),
          () => bed.members.resetFactor(asking, whom, "lost"),
          () => bed.members.handOver(asking, { to: whom, leave: false }),
        ];
        for (const each of asked)
          await expect(each).rejects.toMatchObject({ code: "NOT_FOUND", details: {} });
      }
    });

    describe("a preview", () => {
      async function withDevices(): Promise<void> {
        await fresh();
        const places = [bed.lyon, bed.hall, bed.hall, bed.paris];
        const devices = places.map((folderId) => deviceRecord({ orgId: bed.orgId, folderId }));
        const nothing = { links: [], tasks: [], events: [], ackedCommands: [], proved: [], now: 0 };
        const noServers = { servers: [], recorded: [] };
        await bed.store.write(({ syncs }) => syncs.save({ ...nothing, ...noServers, devices }));
      }

      test("names the topmost folders that are gained and lost, and counts the devices in them", async () => {
        await withDevices();
        const person = await bed.member({ grants: [asViewer(bed.paris)] });
        const asking = await bed.as(bed.owner);
        const preview = await bed.members.previewAccess(
          asking,
          person.accountId,
          wish("operator", [asOperator(bed.lyon)]),
        );
        expect(preview).toMatchObject({
          before: { role: "viewer", owner: false, devices: 1 },
          after: { role: "operator", owner: false, devices: 3 },
          ofSelf: false,
        });
        expect(preview.folders).toEqual([
          { folderId: bed.lyon, name: "Lyon", before: null, after: "operator", devices: 3 },
          { folderId: bed.paris, name: "Paris", before: "viewer", after: null, devices: 1 },
        ]);
        expect(await bed.audit()).toEqual([]);
        expect(await bed.members.one(asking, person.accountId)).toMatchObject({ role: "viewer", version: 1 });
      });

      test("R-018: of an admin says that everything is reached", async () => {
        await withDevices();
        const person = await bed.member();
        const preview = await bed.members.previewAccess(
          await bed.as(bed.owner),
          person.accountId,
          wish("admin"),
        );
        expect(preview.folders).toEqual([
          { folderId: bed.orgId, name: "Harbour", before: null, after: "admin", devices: 4 },
        ]);
        expect(preview.after.devices).toBe(4);
      });
    });

    describe("owners", () => {
      test("A-36: an admin changes, removes and marks no owner", async () => {
        await fresh();
        const admin = await bed.member(ADMIN);
        const asking = await bed.as(admin);
        const { version } = await bed.members.one(asking, bed.owner.accountId);
        const whom = bed.owner.accountId;
        const refused = [
          () => bed.members.changeAccess(asking, whom, wish("viewer"), version),
          () => bed.members.previewAccess(asking, whom, wish("viewer")),
          () => bed.members.markOwner(asking, admin.accountId, { owner: true, selfConfirmed: true }, 1),
          () => bed.members.markOwner(asking, whom, { owner: false, selfConfirmed: true }, version),
          () => bed.members.remove(asking, whom),
          () => bed.members.resetFactor(asking, whom, "lost"),
          () => bed.members.handOver(asking, { to: admin.accountId, leave: false }),
        ];
        for (const each of refused) await expect(each()).rejects.toMatchObject({ code: "OWNER_ONLY" });
        expect(await owners()).toEqual([bed.owner.accountId]);
      });

      test("R-155 R-163 A-31: an owner elects another admin who has a second factor, nobody else", async () => {
        await fresh();
        const admin = await bed.member(ADMIN);
        expect(await mark(bed.owner, admin, true)).toMatchObject({ owner: true, role: "admin" });
        const viewer = await bed.member();
        await expect(mark(bed.owner, viewer, true)).rejects.toMatchObject({ code: "OWNER_UNFIT" });
        const bare = await bed.newPerson({ factorMethod: null });
        await join(bed, bed.orgId, bare, ADMIN);
        await expect(mark(bed.owner, bare, true)).rejects.toMatchObject({ code: "OWNER_UNFIT" });
        expect((await lastEntries(1))[0]?.[0]).toBe("member.owner_marked");
      });

      test("R-164 A-30: the last owner cannot be demoted, unmarked, removed, or leave; nothing changes", async () => {
        await fresh();
        await bed.member(ADMIN);
        const asking = await bed.as(bed.owner);
        const self = bed.owner;
        const before = await bed.members.one(asking, self.accountId);
        const refused = [
          () => change(self, self, wish("viewer", [], true)),
          () => change(self, self, wish("operator", [asOperator(bed.lyon)], true)),
          () => mark(self, self, false, true),
          () => bed.members.leave(asking),
        ];
        for (const each of refused) await expect(each()).rejects.toMatchObject({ code: "LAST_OWNER" });
        expect(await bed.members.one(asking, self.accountId)).toEqual(before);
        expect(await bed.audit()).toEqual([]);
      });

      test("A-31: an owner whose second factor was taken away does not count", async () => {
        await fresh();
        const second = await bed.member(OWNER);
        await bed.members.resetFactor(await bed.as(bed.owner), second.accountId, "lost the phone");
        await expect(bed.members.leave(await bed.as(bed.owner))).rejects.toMatchObject({
          code: "LAST_OWNER",
        });
      });

      test("A-33 B4-E1: two owners who demote each other at the same moment leave one; the second is told", async () => {
        for (let round = 0; round < 10; round++) {
          await fresh();
          const second = await bed.member(OWNER);
          const clicks = [
            await readyToChange(bed.owner, second, wish("viewer")),
            await readyToChange(second, bed.owner, wish("viewer")),
          ];
          const both = await Promise.allSettled(clicks.map((click) => click()));
          const refused = both.filter((each) => each.status === "rejected");
          expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(["LAST_OWNER"]);
          expect(await bed.store.read.members.owners(bed.orgId)).toHaveLength(1);
        }
      });

      test("A-33: two owners who leave at the same moment leave one", async () => {
        await fresh();
        const second = await bed.member(OWNER);
        const both = await Promise.allSettled([
          bed.members.leave(await bed.as(bed.owner)),
          bed.members.leave(await bed.as(second)),
        ]);
        expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
        expect(await bed.store.read.members.owners(bed.orgId)).toHaveLength(1);
      });

      test("A-32: hand over and leave is one change with one entry", async () => {
        await fresh();
        const heir = await bed.member(ADMIN);
        await bed.members.handOver(await bed.as(bed.owner), { to: heir.accountId, leave: true });
        expect(await bed.as(heir)).toMatchObject({ owner: true, role: "admin" });
        await expect(bed.as(bed.owner)).rejects.toThrow("no member");
        expect(await bed.audit()).toMatchObject([
          {
            action: "organisation.handed_over",
            before: { owner: bed.owner.accountId },
            after: { owner: heir.accountId, left: true },
          },
        ]);
      });

      test("A-32: handing over without leaving leaves an admin", async () => {
        await fresh();
        const heir = await bed.member(ADMIN);
        await bed.members.handOver(await bed.as(bed.owner), { to: heir.accountId, leave: false });
        expect(await bed.as(bed.owner)).toMatchObject({ owner: false, role: "admin" });
        const unfit = bed.members.handOver(await bed.as(heir), { to: heir.accountId, leave: true });
        await expect(unfit).rejects.toMatchObject({ code: "OWNER_UNFIT" });
      });

      test("A-34: who takes from themselves what they cannot give back has to say so", async () => {
        await fresh();
        const admin = await bed.member(ADMIN);
        const asking = await bed.as(admin);
        const preview = await bed.members.previewAccess(asking, admin.accountId, wish("viewer"));
        expect(preview.ofSelf).toBe(true);
        await expect(change(admin, admin, wish("viewer"))).rejects.toMatchObject({ code: "SELF_DEMOTION" });
        expect(await change(admin, admin, wish("viewer", [], true))).toMatchObject({ role: "viewer" });
        const back = bed.members.changeAccess(asking, admin.accountId, wish("admin"), 2);
        await expect(back).rejects.toMatchObject({ code: "FORBIDDEN" });
      });

      test("an owner who becomes a viewer is no owner any more", async () => {
        await fresh();
        const second = await bed.member(OWNER);
        expect(await change(bed.owner, second, wish("viewer"))).toMatchObject({
          owner: false,
          role: "viewer",
        });
      });
    });

    describe("a role that waits", () => {
      test("C-02 R-037 row 14: is given to the chosen folders at once when an admin confirms it, who is then told", async () => {
        await fresh();
        const admin = await bed.member(ADMIN);
        const person = await bed.member({ grants: [asViewer(bed.lyon)], pending: "operator" });
        const shown = await bed.members.confirmRole(await bed.as(admin), person.accountId);
        expect(shown).toMatchObject({ role: "operator", details: { pendingRole: null } });
        expect((await bed.as(person)).grants).toEqual([asOperator(bed.lyon)]);
        expect((await bed.mailsTo(person.email))[0]?.mail.kind).toBe("role_confirmed");
        const again = bed.members.confirmRole(await bed.as(admin), person.accountId);
        await expect(again).rejects.toMatchObject({ code: "NOTHING_PENDING" });
        expect((await lastEntries(1))[0]?.[0]).toBe("member.role_confirmed");
      });

      test("C-02: an admin-to-be reaches no folder before and all of them after", async () => {
        await fresh();
        const person = await bed.member({ pending: "admin" });
        await bed.members.confirmRole(await bed.as(bed.owner), person.accountId);
        expect(await bed.as(person)).toMatchObject({ role: "admin", owner: false, grants: [] });
      });

      test("C-02: refused, it leaves a viewer of the same folders", async () => {
        await fresh();
        const person = await bed.member({ grants: [asViewer(bed.lyon)], pending: "operator" });
        const shown = await bed.members.refuseRole(await bed.as(bed.owner), person.accountId);
        expect(shown).toMatchObject({ role: "viewer", details: { pendingRole: null } });
        expect((await bed.as(person)).grants).toEqual([asViewer(bed.lyon)]);
      });

      test("C-02: nobody confirms their own", async () => {
        await fresh();
        const person = await bed.member({ grants: [asViewer(bed.lyon)], pending: "operator" });
        const refused = bed.members.confirmRole(await bed.as(person), person.accountId);
        await expect(refused).rejects.toMatchObject({ code: "FORBIDDEN" });
      });

      test("an admin's change of access settles it", async () => {
        await fresh();
        const person = await bed.member({ grants: [asViewer(bed.lyon)], pending: "admin" });
        await change(bed.owner, person, wish("viewer", [asViewer(bed.lyon)]));
        const late = bed.members.confirmRole(await bed.as(bed.owner), person.accountId);
        await expect(late).rejects.toMatchObject({ code: "NOTHING_PENDING" });
      });
    });

    describe("leaving and being removed", () => {
      test("R-040 A-46: whoever is removed is no member at the next request; other organisations stay", async () => {
        await fresh();
        const person = await bed.member({ grants: [asViewer(bed.lyon)] });
        await join(bed, bed.otherOrg, person, ADMIN);
        await bed.members.remove(await bed.as(bed.owner), person.accountId);
        await expect(bed.as(person)).rejects.toThrow("no member");
        expect(await bed.as(person, bed.otherOrg)).toMatchObject({ role: "admin" });
        expect(await bed.audit()).toMatchObject([
          { action: "member.removed", object: person.accountId, before: { role: "viewer" } },
        ]);
        await join(bed, bed.orgId, person);
        expect((await bed.as(person)).grants).toEqual([]);
      });

      test("R-041 R-042 A-26 A-35: of several each is judged by itself, and oneself is left", async () => {
        await fresh();
        const [one, two] = [await bed.member(), await bed.member({ role: "operator" })];
        const second = await bed.member(OWNER);
        const admin = await bed.member(ADMIN);
        const stranger = await bed.newPerson();
        await join(bed, bed.otherOrg, stranger);
        const { items } = await bed.members.removeAll(await bed.as(admin), [
          ...[one.accountId, NOBODY, stranger.accountId, admin.accountId, second.accountId],
          ...[two.accountId, one.accountId],
        ]);
        expect(items).toEqual([
          { accountId: one.accountId, result: "removed" },
          { accountId: NOBODY, result: "not_found" },
          { accountId: stranger.accountId, result: "not_found" },
          { accountId: admin.accountId, result: "leave_instead" },
          { accountId: second.accountId, result: "owner_only" },
          { accountId: two.accountId, result: "removed" },
        ]);
        expect((await bed.audit()).map(({ action }) => action)).toEqual(["member.removed", "member.removed"]);
      });

      test("A-35: nobody removes themselves; they leave", async () => {
        await fresh();
        const admin = await bed.member(ADMIN);
        const asking = await bed.as(admin);
        await expect(bed.members.remove(asking, admin.accountId)).rejects.toMatchObject({
          code: "LEAVE_INSTEAD",
        });
        await bed.members.leave(asking);
        await expect(bed.as(admin)).rejects.toThrow("no member");
        expect(await lastEntries(1)).toEqual([
          ["member.left", `account:${admin.accountId}`, admin.accountId],
        ]);
      });

      test("R-037: who was removed or demoted between gate and transaction changes nothing", async () => {
        await fresh();
        const [admin, person] = [await bed.member(ADMIN), await bed.member()];
        const asking = await bed.as(admin);
        await change(bed.owner, admin, wish("viewer"));
        await expect(bed.members.remove(asking, person.accountId)).rejects.toMatchObject({
          code: "FORBIDDEN",
        });
        await bed.members.remove(await bed.as(bed.owner), admin.accountId);
        await expect(bed.members.remove(asking, person.accountId)).rejects.toMatchObject({
          code: "NOT_FOUND",
        });
        expect(await bed.as(person)).toBeDefined();
      });
    });

    test("A-51 row 19: an admin takes a lost second factor away, of nobody who owns and not their own", async () => {
      await fresh();
      const admin = await bed.member(ADMIN);
      const person = await bed.person(`lost-${name}@acme.example`);
      await join(bed, bed.orgId, { accountId: person.id });
      const asking = await bed.as(admin);
      const shown = await bed.members.resetFactor(asking, person.id, "lost the phone");
      expect(shown.details?.factorMethod).toBeNull();
      expect(await bed.standing(person.opened.token)).toBeNull();
      expect(await lastEntries(1)).toEqual([
        ["member.factor_reset", `account:${admin.accountId}`, person.id],
      ]);
      expect((await bed.trail(person.id)).at(-1)).toMatchObject({
        action: "account.factor_reset",
        actor: `account:${admin.accountId}`,
      });
      const own = bed.members.resetFactor(asking, admin.accountId, "lost");
      await expect(own).rejects.toMatchObject({ code: "FORBIDDEN" });
      const owners = bed.members.resetFactor(asking, bed.owner.accountId, "lost");
      await expect(owners).rejects.toMatchObject({ code: "OWNER_ONLY" });
    });

    test("A-49: an organisation that was archived meanwhile changes no members", async () => {
      bed = await orgBed(opened.store, `archived ${name}`, { archivedAt: 5, archivedBy: "x" });
      const person = await bed.member();
      const refused = bed.members.remove(await bed.as(bed.owner), person.accountId);
      await expect(refused).rejects.toMatchObject({ code: "ORG_ARCHIVED" });
    });
  });
});
