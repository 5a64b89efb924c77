import { ACTIONS, may, PERMISSIONS, ServiceAccountId, type NewApiKey } from "@fyr/protocol";
import { silentLog } from "@fyr/runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memberOf } from "../access/member.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { orgBed, type OrgBed } from "../testing/org-bed.ts";
import { createKeyDesk, USED_EVERY_MS, type KeyDesk } from "./gate.ts";
import { keyHash } from "./token.ts";

const NONE = ServiceAccountId.parse("01890000-0000-7000-8000-00000000dead");
const DAY_MS = 86_400_000;

describe.each(await testDatabases())("service accounts on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let bed: OrgBed;
  let desk: KeyDesk;
  let seed = 0;
  const fresh = async () => {
    bed = await orgBed(opened.store, `services ${name} ${++seed}`);
    desk = createKeyDesk({ clock: bed.clock, log: silentLog }, opened.store);
  };
  const owner = () => bed.as(bed.owner);
  const program = async (role: "viewer" | "operator" | "admin" = "operator") => {
    const grants = role === "admin" ? [] : [{ folderId: bed.lyon, role }];
    return bed.services.create(await owner(), { name: "Tickets", role, grants });
  };
  const keyed = async (more: Partial<NewApiKey> = {}, role?: Parameters<typeof program>[0]) => {
    const account = await program(role);
    const wish = { name: "nightly", scope: null, days: 30, ...more };
    return { account, ...(await bed.services.createKey(await owner(), account.id, wish)) };
  };
  /** What the gate would let the key's program do. */
  const admittedBy = async (token: string) => {
    const service = await desk.key(token);
    if (!service) throw new Error("no key");
    const membership = await opened.store.read.access.membership(service.orgId, service.serviceId);
    if (!membership) throw new Error("no member");
    return memberOf(service, membership);
  };
  const actions = async () => (await bed.audit()).map(({ action }) => action);

  describe.skipIf(!runs)("a service", () => {
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.drop());

    test("row 20: a program is a member with a role and folders, and is in no list of people", async () => {
      await fresh();
      const made = await program();
      expect(made).toMatchObject({ name: "Tickets", role: "operator", disabled: false, version: 1 });
      expect(made.grants).toEqual([{ folderId: bed.lyon, role: "operator" }]);
      expect((await bed.services.page(await owner(), { limit: 5 })).items).toEqual([made]);
      const people = await bed.members.page(await owner(), { limit: 5 });
      expect(people.items.map(({ accountId }) => accountId)).toEqual([bed.owner.accountId]);
      expect(await actions()).toEqual(["service.created"]);
    });

    test("a key is shown once and kept as its hash; the audit knows neither", async () => {
      await fresh();
      const { account, key, token } = await keyed({ scope: ["device.read"] });
      expect(token).toMatch(/^fyr_sa_[\w-]{43}$/);
      const listed = await bed.services.keys(await owner(), account.id, { limit: 5 });
      expect(listed.items).toEqual([key]);
      const told = JSON.stringify([listed, await bed.audit()]);
      expect(told).not.toContain(token);
      expect(told).not.toContain(keyHash(token));
      expect(await actions()).toEqual(["service.created", "key.created"]);
    });

    test("a key opens until it is over, and tells whose it is", async () => {
      await fresh();
      const { account, key, token } = await keyed({ days: 1, scope: ["device.read"] });
      expect(await desk.key(token)).toEqual({
        ...{ kind: "service", orgId: bed.orgId, serviceId: account.id, keyId: key.id },
        scope: ["device.read"],
      });
      await desk.idle();
      for (const wrong of ["", "fyr_sa_", `${token}x`, `${token.slice(0, -1)}!`, token.slice(7), "' or 1=1"])
        expect(await desk.key(wrong)).toBeNull();
      await bed.clock.advance(DAY_MS);
      expect(await desk.key(token)).toBeNull();
      const { items } = await bed.services.keys(await owner(), account.id, { limit: 5 });
      expect(items[0]?.state).toBe("expired");
    });

    test("B1-S5: revoked, rotated or with its account disabled, it opens nothing at the next request", async () => {
      await fresh();
      const { account, key, token } = await keyed();
      const rotated = await bed.services.rotateKey(await owner(), account.id, key.id);
      expect(await desk.key(token)).toBeNull();
      expect(await desk.key(rotated.token)).not.toBeNull();
      await desk.idle();
      await bed.services.setDisabled(await owner(), account.id, true);
      expect(await desk.key(rotated.token)).toBeNull();
      await bed.services.setDisabled(await owner(), account.id, false);
      expect(await desk.key(rotated.token)).not.toBeNull();
      await desk.idle();
      await bed.services.revokeKey(await owner(), account.id, key.id);
      expect(await desk.key(rotated.token)).toBeNull();
      const again = bed.services.rotateKey(await owner(), account.id, key.id);
      await expect(again).rejects.toMatchObject({ code: "NOT_FOUND" });
      expect((await actions()).slice(2)).toEqual([
        ...["key.rotated", "service.disabled", "service.enabled", "key.revoked"],
      ]);
    });

    test("the last use is noted once a minute at most, whatever comes at once", async () => {
      await fresh();
      const { account, token } = await keyed();
      const lastUsed = async () => {
        await desk.idle();
        return (await bed.services.keys(await owner(), account.id, { limit: 5 })).items[0]?.lastUsedAt;
      };
      expect(await lastUsed()).toBeNull();
      const first = bed.clock.wall();
      await Promise.all(Array.from({ length: 20 }, () => desk.key(token)));
      expect(await lastUsed()).toBe(first);
      await bed.clock.advance(USED_EVERY_MS - 1);
      await desk.key(token);
      expect(await lastUsed()).toBe(first);
      await bed.clock.advance(1);
      await desk.key(token);
      expect(await lastUsed()).toBe(first + USED_EVERY_MS);
    });

    test("a key does what its scope names, as far as its program's role reaches, and never what is for people", async () => {
      await fresh();
      const { token } = await keyed({ scope: ["device.read", "licence.read"] }, "operator");
      const member = await admittedBy(token);
      for (const action of ACTIONS) {
        const inLyon = may(member, action, { path: [bed.lyon] }).kind === "allowed";
        expect(inLyon, action).toBe(action === "device.read");
        expect(may(member, action, { path: [bed.paris] }).kind, action).not.toBe("allowed");
      }
      await desk.idle();
      const whole = await keyed({}, "admin");
      const admin = await admittedBy(whole.token);
      await desk.idle();
      for (const action of ACTIONS) {
        const { service, reaches } = PERMISSIONS[action];
        expect(may(admin, action).kind === "allowed", action).toBe(service && reaches.admin !== "never");
      }
      expect(admin.owner).toBe(false);
    });

    test("A-47: keys stay when their maker is demoted, and the audit says who made them", async () => {
      await fresh();
      const admin = await bed.member({ role: "admin" });
      const asking = await bed.as(admin);
      const account = await bed.services.create(asking, { name: "Tickets", role: "admin", grants: [] });
      const wish = { name: "nightly", scope: null, days: 30 };
      const { token } = await bed.services.createKey(asking, account.id, wish);
      const { version } = await bed.members.one(await owner(), admin.accountId);
      const access = { role: "viewer", grants: [], selfConfirmed: false } as const;
      await bed.members.changeAccess(await owner(), admin.accountId, { ...access, grants: [] }, version);
      expect(await desk.key(token)).not.toBeNull();
      await desk.idle();
      const made = (await bed.audit()).find(({ action }) => action === "key.created");
      expect(made?.actor).toBe(`account:${admin.accountId}`);
      const more = bed.services.createKey(asking, account.id, wish);
      await expect(more).rejects.toMatchObject({ code: "FORBIDDEN" });
    });

    test("nobody below admin, and no program, manages programs", async () => {
      await fresh();
      const { account, token } = await keyed({}, "admin");
      const viewer = await bed.as(await bed.member({ role: "operator" }));
      for (const asking of [viewer, await admittedBy(token)]) {
        const wish = { name: "x", scope: null, days: 1 };
        const asked = [
          () => bed.services.create(asking, { name: "x", role: "viewer", grants: [] }),
          () => bed.services.createKey(asking, account.id, wish),
          () => bed.services.setDisabled(asking, account.id, true),
          () => bed.services.rename(asking, account.id, "y", 1),
        ];
        for (const each of asked) await expect(each()).rejects.toMatchObject({ code: "FORBIDDEN" });
      }
      await desk.idle();
    });

    test("A-20: another organisation's program is not found, like none at all", async () => {
      await fresh();
      const { account, key } = await keyed();
      const elsewhere = await bed.as(bed.owner, bed.otherOrg);
      for (const id of [account.id, NONE]) {
        const asked = [
          () => bed.services.one(elsewhere, id),
          () => bed.services.keys(elsewhere, id, { limit: 5 }),
          () => bed.services.createKey(elsewhere, id, { name: "x", scope: null, days: 1 }),
          () => bed.services.rotateKey(elsewhere, id, key.id),
          () => bed.services.revokeKey(elsewhere, id, key.id),
          () => bed.services.setDisabled(elsewhere, id, true),
        ];
        for (const each of asked)
          await expect(each()).rejects.toMatchObject({ code: "NOT_FOUND", details: {} });
      }
    });

    test("name, role and folders change for the version that was seen, with one entry each", async () => {
      await fresh();
      const { id } = await program();
      const named = await bed.services.rename(await owner(), id, "Help desk", 1);
      expect(named).toMatchObject({ name: "Help desk", version: 2 });
      const late = bed.services.rename(await owner(), id, "other", 1);
      await expect(late).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
      const access = { role: "viewer", grants: [{ folderId: bed.paris, role: "viewer" }] } as const;
      const less = await bed.services.changeAccess(
        await owner(),
        id,
        { ...access, grants: [...access.grants] },
        2,
      );
      expect(less).toMatchObject({ role: "viewer", version: 3, grants: access.grants });
      expect(await actions()).toEqual(["service.created", "service.renamed", "service.access_changed"]);
    });
  });
});
