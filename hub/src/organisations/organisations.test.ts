import { AccountId, DEFAULT_SETTINGS, EmailAddress, isFault, type OrgId } from "@fyr/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AccountRecord } from "../accounts/account.ts";
import { silentLog } from "@fyr/runtime";
import { openPostgres } from "../store/postgres.ts";
import { openSqlite } from "../store/sqlite.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { serialOf } from "../testing/device.ts";
import { testHub, type TestHub } from "../testing/hub.ts";
import { admittedAs, joinNew } from "../testing/people.ts";
import { FOUNDER, FOUNDER_ACTOR, ownerOf } from "../testing/members.ts";
import { enrolRequest, CHANNEL, testSite } from "../testing/site.ts";
import type { MemberRecord } from "../members/store.ts";
import { createPost } from "../mail/post.ts";
import { operatorOfOrganisations } from "./operator.ts";

const ALL = { limit: 500 };
let serial = 900;

const OWNER: Omit<MemberRecord, "orgId" | "principalId" | "joinedAt"> = {
  ...{ kind: "person", role: "admin", owner: true, active: true, pending: null, invitedBy: null, version: 1 },
};

const ACCOUNT: Omit<AccountRecord, "id" | "email" | "name"> = {
  ...{ language: "en", timeZone: "UTC", theme: "system", passwordHash: "", factorMethod: null },
  ...{ factorSeed: null, factorStep: 0, nextMethod: null, nextSeed: null, nextUntil: 0, failures: 0 },
  ...{ codesTried: 0, codesSince: 0, createdAt: 1, signedInAt: null, suspendedAt: null },
};

/** Beneath everything that the product would do, so that the memory of it cannot depend on that. */
async function removeMember({ url }: OpenedStore, orgId: OrgId, accountId: AccountId): Promise<void> {
  const database = url.startsWith("sqlite:")
    ? openSqlite(url.slice("sqlite:".length))
    : openPostgres(url, silentLog);
  await database.writer
    .deleteFrom("members")
    .where("org_id", "=", orgId)
    .where("principal_id", "=", accountId)
    .execute();
  await database.close();
}

describe.each(await testDatabases())("on $name", ({ open, runs }) => {
  describe.skipIf(!runs)("organisations", () => {
    let opened: OpenedStore;
    let hub: TestHub;
    let orgId: OrgId;

    beforeAll(async () => {
      opened = await open();
      hub = await testHub({ store: opened.store });
    });
    afterAll(async () => {
      await hub.stop();
      await opened.drop();
    });
    beforeEach(async () => {
      orgId = (await hub.services.createOrganisation(FOUNDER, { name: "Acme" }, undefined)).id;
    });

    const owner = () => ownerOf(orgId);
    const operator = () =>
      operatorOfOrganisations(
        { ...hub.ports, post: createPost(hub.ports), origin: () => "https://fyr.test" },
        hub.store,
      );
    const archive = () => hub.services.archiveOrganisation(owner(), { id: orgId, riskUnderstood: true });
    const refusal = (code: string): unknown => expect.objectContaining({ code });
    const entries = async () => (await hub.services.audit(owner(), ALL)).items;
    async function audited(change: () => Promise<unknown>) {
      const before = (await entries()).length;
      await change();
      return (await entries()).slice(before);
    }
    async function account(name: string): Promise<AccountRecord> {
      const id = AccountId.parse(hub.ports.ids.next());
      const email = EmailAddress.parse(`${name}.${id}@example.com`);
      const record = { ...ACCOUNT, id, email, name };
      expect(await hub.store.write(({ accounts }) => accounts.insert(record))).toBe(true);
      return record;
    }

    test("R-159 R-160 R-161: one edit saves name and notes, for the version that was read", async () => {
      const edit = { name: "Acme Nord", notes: "Zwei Zeilen\nund ☀" };
      const changes = await audited(() => hub.services.editOrganisation(owner(), edit, 1));
      expect(changes).toMatchObject([
        { action: "organisation.edited", before: { name: "Acme", notes: "" }, after: edit },
      ]);
      expect(await hub.services.organisation(owner())).toMatchObject({ ...edit, version: 2 });
      await expect(hub.services.editOrganisation(owner(), { name: "x" }, 1)).rejects.toMatchObject({
        code: "VERSION_CONFLICT",
        details: { version: 2 },
      });
      await hub.services.editOrganisation(owner(), { notes: "" }, 2);
      expect(await hub.services.organisation(owner())).toMatchObject({ name: "Acme Nord", notes: "" });
    });

    test("settings hold for all members at once; how invitations work is the owners' to decide", async () => {
      expect(await hub.services.organisationSettings(owner())).toEqual({ ...DEFAULT_SETTINGS, version: 1 });
      const admin = await admittedAs(hub.store, orgId, await joinNew(hub, orgId, { role: "admin" }));
      const edit = { operatorsMayUpgrade: true, timeZone: "Europe/Paris", language: "fr" } as const;
      const [entry, ...others] = await audited(() => hub.services.editSettings(admin, edit, 1));
      expect(others).toEqual([]);
      expect(entry).toMatchObject({
        action: "organisation.settings",
        before: { operatorsMayUpgrade: false, timeZone: "UTC", language: "en" },
        after: edit,
      });
      expect((await admittedAs(hub.store, orgId, admin.principalId as AccountId)).settings).toMatchObject(
        edit,
      );
      for (const policy of [{ inviteElevation: "direct" }, { invitationDays: 30 }] as const)
        await expect(hub.services.editSettings(admin, policy, 2)).rejects.toEqual(refusal("OWNER_ONLY"));
      const decided = await hub.services.editSettings(owner(), { inviteElevation: "direct" }, 2);
      expect(decided).toMatchObject({ ...edit, inviteElevation: "direct", version: 3 });
    });

    test("R-165 R-166 R-167 R-171: what archiving costs is told before and after, and nothing is erased", async () => {
      const site = await testSite(hub, orgId);
      await site.report({ serial: serialOf(++serial) }, { serial: serialOf(++serial) });
      await joinNew(hub, orgId, { role: "viewer" });
      const told = await hub.services.previewArchive(owner(), "en");
      const licences = { wallet: [], years: [] };
      const lost = { devices: 2, agents: 1, tasks: 0, members: 2, licences };
      expect(told).toMatchObject({ id: orgId, lost });
      expect(told.warnings.map(({ code }) => code)).toEqual([
        "REMOVE_DEVICES_FIRST",
        "LICENCES_LOST",
        "SAVE_THE_ID",
      ]);
      expect(told.warnings.map(({ text }) => text).join()).toMatch(/remove the devices.*no refund.*Save.*ID/);
      const [entry] = await audited(async () => expect(await archive()).toMatchObject({ lost }));
      expect(entry).toMatchObject({ action: "organisation.archived", actor: FOUNDER_ACTOR, after: lost });
      const { licences: _, ...holds } = lost;
      expect(await hub.store.read.organisations.holds(orgId)).toEqual(holds);
      await expect(archive()).rejects.toEqual(refusal("ORG_ARCHIVED"));
    });

    test("L-82 R-167: the wallet's licences and the years that are paid are named before they are lost, and after", async () => {
      const { licences } = hub.services;
      const keyFor = async (product: string, qty: number) => {
        const batch = hub.ports.ids.next();
        const items = [{ type: "CORE", qty, termYears: 1 as const }];
        const wish = { kind: "subscription", product, items, count: 1, batch } as const;
        return (await licences.operator.issueKeys("operator", wish)).keys[0] ?? "";
      };
      const site = await testSite(hub, orgId);
      await site.report({ serial: serialOf(++serial) }, { serial: serialOf(++serial) });
      await licences.start(owner(), "DM", false, undefined);
      await licences.redeem(owner(), await keyFor("DM", 7), undefined);
      await licences.redeem(owner(), await keyFor("VMS", 3), undefined);
      const years = [0, 1].map((index) => ({ index, items: { CORE: 2 } }));
      await licences.allocate(owner(), { product: "DM", years }, false, undefined);
      const told = (await hub.services.previewArchive(owner(), "fr")).lost.licences;
      const kind = "subscription";
      expect(told?.wallet).toEqual([
        { product: "DM", type: "CORE", kind, available: 3, locked: 0 },
        { product: "VMS", type: "CORE", kind, available: 0, locked: 3 },
      ]);
      expect(told?.years).toMatchObject([
        { product: "DM", current: true, seats: { CORE: 2 } },
        { product: "DM", current: false, seats: { CORE: 2 } },
      ]);
      const [entry] = await audited(async () =>
        expect((await archive()).lost).toMatchObject({ devices: 2, licences: told }),
      );
      expect(entry).toMatchObject({ action: "organisation.archived", after: { licences: told } });
    });

    test("R-168: another organisation's id archives nothing", async () => {
      const other = (await hub.services.createOrganisation(FOUNDER, { name: "Globex" }, undefined)).id;
      const wish = { id: other, riskUnderstood: true } as const;
      await expect(hub.services.archiveOrganisation(owner(), wish)).rejects.toEqual(
        refusal("ORG_ID_MISMATCH"),
      );
      for (const id of [orgId, other])
        expect(await hub.store.read.organisations.find(id)).toMatchObject({ archivedAt: null });
    });

    test("A-49 R-172: an archived organisation leaves the switcher, and its former owners find it with its id", async () => {
      const [mate, admin] = [
        await joinNew(hub, orgId, { role: "admin", owner: true }),
        await joinNew(hub, orgId, { role: "admin" }),
      ];
      const lists = async (accountId: AccountId) => {
        const caller = { ...FOUNDER, accountId };
        const ids = async (archived: boolean) =>
          (await hub.services.organisations(caller, { ...ALL, archived })).items.map(({ id }) => id);
        return [await ids(false), await ids(true)];
      };
      expect(await lists(mate)).toEqual([[orgId], []]);
      await archive();
      expect(await lists(mate)).toEqual([[], [orgId]]);
      expect(await lists(admin)).toEqual([[], []]);
      expect((await hub.services.organisations(FOUNDER, ALL)).items.map(({ id }) => id)).not.toContain(orgId);
    });

    test("A-27: who was a member once is told that it is archived, and nobody else anything", async () => {
      const gone = await joinNew(hub, orgId, { role: "viewer" });
      await removeMember(opened, orgId, gone);
      expect(await hub.gate.archivedFor(orgId, gone)).toBeNull();
      await archive();
      expect(await hub.gate.archivedFor(orgId, gone)).toBe(hub.clock.wall());
      expect(await hub.gate.archivedFor(orgId, AccountId.parse(hub.ports.ids.next()))).toBeNull();
      expect(await hub.gate.membership(orgId, FOUNDER.accountId)).toMatchObject({
        archivedAt: hub.clock.wall(),
      });
    });

    test("A-49: agents of an archived organisation are cut off and refused by name, and come back with it", async () => {
      const site = await testSite(hub, orgId);
      const { certificateSerial, agentId } = site.identity;
      const { code } = await hub.services.createAgent(owner(), { name: "second" });
      await archive();
      expect(hub.cut).toContain(agentId);
      await expect(hub.door.authenticate(certificateSerial)).rejects.toMatchObject({
        code: "ORG_ARCHIVED",
        status: 410,
      });
      await expect(hub.door.enrol(await enrolRequest(hub, code), CHANNEL)).rejects.toEqual(
        refusal("ORG_ARCHIVED"),
      );
      await operator().restore(orgId, "asked by their owner, case 4711");
      expect(await hub.door.authenticate(certificateSerial)).toMatchObject({ agentId });
      await site.report({ serial: serialOf(++serial) });
      expect(await hub.services.countDevices(owner())).toBe(1);
    });

    test("C-04 A-50: support restores with the id and a reason; roles are as before, and two owners are told", async () => {
      const owners: string[] = [];
      for (const name of ["ada", "bea", "cid"]) {
        const { id, email } = await account(name);
        await hub.store.write(({ members }) =>
          members.insert({ ...OWNER, orgId, principalId: id, joinedAt: owners.length }, []),
        );
        owners.push(email);
      }
      await archive();
      const sent = async (kind: string) =>
        (await hub.store.read.mails.page({}, ALL)).filter(
          (mail) => mail.kind === kind && owners.includes(mail.to),
        );
      expect(await sent("organisation_archived")).toHaveLength(3);
      const [entry, ...others] = await audited(() => operator().restore(orgId, "case 4711"));
      expect(others).toEqual([]);
      expect(entry).toMatchObject({
        action: "organisation.restored",
        actor: "operator",
        before: { archivedBy: FOUNDER_ACTOR },
        after: { reason: "case 4711" },
      });
      expect((await sent("organisation_restored")).map(({ to }) => to).sort()).toEqual(
        owners.slice(0, 2).sort(),
      );
      const members = await hub.gate.membership(orgId, FOUNDER.accountId);
      expect(members).toMatchObject({ role: "admin", owner: true, archivedAt: null });
      await expect(operator().restore(orgId, "again")).rejects.toEqual(refusal("ORG_NOT_ARCHIVED"));
      const nowhere = AccountId.parse(hub.ports.ids.next()) as string as OrgId;
      await expect(operator().restore(nowhere, "x")).rejects.toEqual(refusal("NOT_FOUND"));
    });

    test("an organisation without an owner gets its first one from the hub's operator, another never", async () => {
      const { id, email } = await account("first");
      await expect(operator().adopt(orgId, email, "lost")).rejects.toEqual(refusal("ORG_OWNED"));
      const bare = AccountId.parse(hub.ports.ids.next()) as string as OrgId;
      const plain = { notes: "", createdAt: 1, archivedAt: null, archivedBy: null, version: 1 };
      await hub.store.write(({ organisations }) =>
        organisations.insert({ id: bare, name: "old", settings: DEFAULT_SETTINGS, ...plain }),
      );
      await expect(operator().adopt(bare, EmailAddress.parse("nobody@example.com"), "x")).rejects.toEqual(
        refusal("NOT_FOUND"),
      );
      await operator().adopt(bare, email, "made before accounts existed");
      expect(await hub.gate.membership(bare, id)).toMatchObject({ role: "admin", owner: true });
      expect((await hub.services.audit(ownerOf(bare), ALL)).items).toMatchObject([
        { action: "organisation.adopted", actor: "operator", after: { owner: id } },
      ]);
      await expect(operator().adopt(bare, email, "again")).rejects.toEqual(refusal("ORG_OWNED"));
    });

    test("the operator's list has names and counts and nothing of what is inside", async () => {
      const site = await testSite(hub, orgId);
      await site.report({ serial: serialOf(++serial), name: "Vault camera" });
      const listed = await operator().list();
      expect(listed.find(({ id }) => id === orgId)).toMatchObject({ name: "Acme", holds: { devices: 1 } });
      expect(JSON.stringify(listed)).not.toContain("Vault camera");
    });

    test("B4-R1: support is let in for a while, told in the audit, and shut out at once", async () => {
      const isOpen = () => hub.store.read.support.isOpen(orgId, hub.clock.wall());
      expect(await isOpen()).toBe(false);
      const wish = { reason: "case 4711", forMs: 3_600_000 };
      const [entry] = await audited(() => hub.services.grantSupport(owner(), wish));
      expect(entry).toMatchObject({ action: "support.granted", after: { reason: "case 4711" } });
      const [grant] = (await hub.services.supportGrants(owner(), ALL)).items;
      expect(await isOpen()).toBe(true);
      const ended = await audited(() => hub.services.endSupport(owner(), grant!.id));
      expect(ended).toMatchObject([{ action: "support.ended", object: grant!.id }]);
      expect(await isOpen()).toBe(false);
      expect(await audited(() => hub.services.endSupport(owner(), grant!.id))).toEqual([]);
      await hub.services.grantSupport(owner(), wish);
      expect(await isOpen()).toBe(true);
      await hub.clock.advance(3_600_000);
      expect(await isOpen()).toBe(false);
      const theirs = (await hub.services.createOrganisation(FOUNDER, { name: "Globex" }, undefined)).id;
      const foreign = hub.services.endSupport(ownerOf(theirs), grant!.id);
      expect(isFault(await foreign.catch((error: unknown) => error), "NOT_FOUND")).toBe(true);
    });
  });
});
