import {
  EmailAddress,
  InvitationId,
  type FolderId,
  type NewInvitations,
  type OrgSettings,
} from "@fyr/protocol";
import { DEFAULT_SETTINGS } from "@fyr/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Person } from "../access/caller.ts";
import { HOME, PASSWORD } from "../accounts/testing/bed.ts";
import { hashOf } from "../accounts/secret.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { orgBed, type OrgBed } from "../testing/org-bed.ts";
import { join } from "../testing/people.ts";
import { DAY_MS } from "./send.ts";

describe.each(await testDatabases())("invitations on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let bed: OrgBed;
  let seed = 0;
  const fresh = async (settings: Partial<OrgSettings> = {}) => {
    const facts = { settings: { ...DEFAULT_SETTINGS, ...settings } };
    bed = await orgBed(opened.store, `invitations ${name} ${++seed}`, facts);
  };
  const address = (who: string) => EmailAddress.parse(`${who}-${seed}-${name.toLowerCase()}@acme.example`);

  const invite = async (emails: string[], more: Partial<NewInvitations> = {}) => {
    const asking = await bed.as(bed.owner);
    const wish = { role: "viewer" as const, folderIds: [bed.lyon], ...more };
    return (await bed.invitations.invite(asking, { emails, ...wish })).items;
  };
  /** Somebody with that address, invited; and the token of their letter. */
  const invited = async (more: Partial<NewInvitations> = {}, who = "ada") => {
    const email = address(who);
    const [item] = await invite([email], more);
    const invitation = item?.invitation;
    if (!invitation) throw new Error("not invited");
    const token = await bed.tokenTo(email);
    return { email, invitation, token };
  };
  const withAccount = (email: EmailAddress) => bed.newPerson({ email });
  const isMember = async (person: Person) =>
    (await bed.store.read.access.membership(bed.orgId, person.accountId)) !== null;
  const actions = async () => (await bed.audit()).map(({ action }) => action);

  describe.skipIf(!runs)("a service", () => {
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.drop());

    test("R-016 R-019 A-42: several are invited in one go, each address judged by itself", async () => {
      await fresh();
      const member = await bed.member();
      const [ada, zoe] = [address("ada"), address("zoe")];
      const items = await invite([
        ...[ada, `  ${zoe.toUpperCase()} `, member.email, "nobody", "a@b", ada.toUpperCase(), ""],
      ]);
      expect(items.map(({ result }) => result)).toEqual([
        ...["invited", "invited", "already_member", "invalid_address", "invalid_address", "repeated"],
        "invalid_address",
      ]);
      expect((await bed.mailsTo(zoe))[0]?.mail).toMatchObject({ kind: "invitation", language: "en" });
      expect(await bed.mailsTo(member.email)).toEqual([]);
      expect(await actions()).toEqual(["invitation.sent", "invitation.sent"]);
      const listed = await bed.invitations.page(await bed.as(bed.owner), { limit: 10 });
      expect(listed.items.map(({ email, state }) => [email, state]).sort()).toEqual(
        [
          [ada, "pending"],
          [zoe, "pending"],
        ].sort(),
      );
    });

    test("A-38: the letter is in the language of whoever has an account, else in the wished one", async () => {
      await fresh();
      const french = await bed.newPerson({ email: address("fr"), language: "fr" });
      await invite([french.email, address("new")], { language: "fr" });
      await invite([address("other")]);
      expect((await bed.mailsTo(french.email))[0]?.mail.language).toBe("fr");
      expect((await bed.mailsTo(address("new")))[0]?.mail.language).toBe("fr");
      expect((await bed.mailsTo(address("other")))[0]?.mail.language).toBe("en");
    });

    test("A-20: an absent folder refuses all, and nobody is invited", async () => {
      await fresh();
      const foreign = bed.otherOrg as unknown as FolderId;
      await expect(invite([address("ada")], { folderIds: [bed.lyon, foreign] })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
      expect(await bed.mailsTo(address("ada"))).toEqual([]);
      expect(await bed.audit()).toEqual([]);
    });

    test("A-41: only the hash of the token is kept, and the audit does not know it", async () => {
      await fresh();
      const { invitation, token } = await invited();
      const kept = await bed.store.read.invitations.find(bed.orgId, invitation.id);
      expect(kept?.tokenHash).toBe(hashOf(token));
      expect(Buffer.from(token, "base64url").length).toBeGreaterThanOrEqual(16);
      const written = JSON.stringify([kept, await bed.audit()]);
      expect(written).not.toContain(token);
      expect(JSON.stringify(await bed.audit())).not.toContain(hashOf(token));
    });

    test.each([
      ["viewer", {}, { role: "viewer", pendingRole: null }, "viewer"],
      ["operator", {}, { role: "viewer", pendingRole: "operator" }, "viewer"],
      ["admin", {}, { role: "viewer", pendingRole: "admin" }, null],
      ["operator", { inviteElevation: "direct" }, { role: "operator", pendingRole: null }, "operator"],
      ["admin", { inviteElevation: "direct" }, { role: "viewer", pendingRole: "admin" }, null],
    ] as const)(
      "R-156 C-02 R-038: whoever was meant as %s (%o) gets %o and waits for the rest",
      async (role, settings, got, granted) => {
        await fresh(settings);
        const { email, token } = await invited({ role, folderIds: role === "admin" ? [] : [bed.lyon] });
        const person = await withAccount(email);
        expect(await bed.invitations.accept(person, token)).toEqual({ orgId: bed.orgId, ...got });
        const { grants } = await bed.as(person);
        expect(grants).toEqual(granted === null ? [] : [{ folderId: bed.lyon, role: granted }]);
        const told = (await bed.mailsTo(bed.owner.email)).map(({ mail }) => mail.kind);
        expect(told).toEqual(got.pendingRole === null ? [] : ["role_to_confirm"]);
        expect(await actions()).toEqual(["invitation.sent", "invitation.accepted"]);
      },
    );

    test("C-02: an admin confirms afterwards, and the role holds in the chosen folders", async () => {
      await fresh();
      const { email, token } = await invited({ role: "operator" });
      const person = await withAccount(email);
      await bed.invitations.accept(person, token);
      await bed.members.confirmRole(await bed.as(bed.owner), person.accountId);
      expect((await bed.as(person)).grants).toEqual([{ folderId: bed.lyon, role: "operator" }]);
    });

    test("R-020 A-39: a new person registers through the letter, with the invited address, and then accepts", async () => {
      await fresh();
      const { email, token } = await invited();
      const wish = { token, password: PASSWORD, name: "Ada", language: "fr", timeZone: "UTC" } as const;
      const opened = await bed.invitations.register(wish, HOME);
      expect(opened.account).toMatchObject({ email, name: "Ada", language: "fr" });
      expect((await bed.standing(opened.token))?.factor).toBe("not_set_up");
      const ofNew = await bed.store.read.organisations.pageOf(opened.account.id, { limit: 5 });
      expect(ofNew).toEqual([]);
      const person: Person = { ...bed.owner, accountId: opened.account.id };
      await bed.invitations.accept(person, token);
      expect(await isMember(person)).toBe(true);
      expect((await bed.trail(opened.account.id)).map(({ action }) => action)).toContain(
        "account.registered",
      );
    });

    test("A-39: an address with an account, a weak password and a dead link make no account", async () => {
      await fresh();
      const { email, token, invitation } = await invited();
      const wish = { token, password: PASSWORD, name: "Ada", language: "en", timeZone: "UTC" } as const;
      const weak = bed.invitations.register({ ...wish, password: "short" }, HOME);
      await expect(weak).rejects.toMatchObject({ code: "PASSWORD_WEAK" });
      await withAccount(email);
      await expect(bed.invitations.register(wish, HOME)).rejects.toMatchObject({ code: "ACCOUNT_KNOWN" });
      await bed.invitations.revoke(await bed.as(bed.owner), invitation.id);
      await expect(bed.invitations.register(wish, HOME)).rejects.toMatchObject({
        code: "INVITATION_INVALID",
      });
    });

    test("A-37: another account is refused, told which address was invited, and the invitation stays open", async () => {
      await fresh();
      const { email, token } = await invited();
      const other = await bed.newPerson();
      await expect(bed.invitations.accept(other, token)).rejects.toMatchObject({
        code: "INVITATION_EMAIL_MISMATCH",
        details: { invited: email },
      });
      expect(await isMember(other)).toBe(false);
      await bed.invitations.accept(await withAccount(email), token);
    });

    test("A-40: expired, revoked, used and unknown links get one answer that names nobody", async () => {
      await fresh({ invitationDays: 1 });
      const used = await invited({}, "used");
      await bed.invitations.accept(await withAccount(used.email), used.token);
      const revoked = await invited({}, "revoked");
      await bed.invitations.revoke(await bed.as(bed.owner), revoked.invitation.id);
      const expired = await invited({}, "expired");
      const late = await withAccount(expired.email);
      await bed.clock.advance(DAY_MS);
      for (const token of [used.token, revoked.token, expired.token, "unknown", ""]) {
        for (const asked of [() => bed.invitations.view(token), () => bed.invitations.accept(late, token)])
          await expect(asked()).rejects.toMatchObject({
            code: "INVITATION_INVALID",
            details: {},
            status: 410,
          });
      }
      expect(await isMember(late)).toBe(false);
    });

    test("a valid link tells organisation and inviter, and nothing else of it", async () => {
      await fresh();
      const { email, token, invitation } = await invited();
      expect(await bed.invitations.view(token)).toEqual({
        ...{ organisation: "Harbour", inviter: bed.owner.name, email, role: "viewer" },
        until: invitation.until,
      });
    });

    test("A-41: sending again makes another link, ends the old one, and the time starts anew", async () => {
      await fresh();
      const { email, token, invitation } = await invited();
      await bed.clock.advance(6 * DAY_MS);
      const again = await bed.invitations.resend(await bed.as(bed.owner), invitation.id);
      expect(again).toMatchObject({ id: invitation.id, until: bed.clock.wall() + 7 * DAY_MS, version: 2 });
      await expect(bed.invitations.view(token)).rejects.toMatchObject({ code: "INVITATION_INVALID" });
      await bed.clock.advance(2 * DAY_MS);
      await bed.invitations.accept(await withAccount(email), await bed.tokenTo(email));
    });

    test("A-41: an address has one invitation at most; inviting it again sends that one anew", async () => {
      await fresh();
      const { email, token } = await invited();
      const [again] = await invite([email], { role: "operator", folderIds: [bed.paris] });
      expect(again).toMatchObject({ result: "resent", invitation: { role: "operator" } });
      await expect(bed.invitations.view(token)).rejects.toMatchObject({ code: "INVITATION_INVALID" });
      const { items } = await bed.invitations.page(await bed.as(bed.owner), { limit: 5 });
      expect(items).toHaveLength(1);
    });

    test("the letters to one address are few", async () => {
      await fresh();
      const email = address("ada");
      const results: (string | undefined)[] = [];
      for (let n = 0; n < 4; n++) results.push((await invite([email]))[0]?.result);
      expect(results).toEqual(["invited", "resent", "resent", "too_many"]);
    });

    test("A-43: role and folders change until somebody accepts, each for the version that was seen", async () => {
      await fresh();
      const { email, token, invitation } = await invited();
      const asking = await bed.as(bed.owner);
      const wish = { role: "operator", folderIds: [bed.paris] } as const;
      await bed.invitations.change(asking, invitation.id, { ...wish, folderIds: [bed.paris] }, 1);
      const late = bed.invitations.change(asking, invitation.id, { role: "admin", folderIds: [] }, 1);
      await expect(late).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
      const person = await withAccount(email);
      await bed.invitations.accept(person, token);
      expect((await bed.as(person)).grants).toEqual([{ folderId: bed.paris, role: "viewer" }]);
      const over = bed.invitations.change(asking, invitation.id, { role: "admin", folderIds: [] }, 3);
      await expect(over).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    test("A-44: it stays valid when whoever invited has left", async () => {
      await fresh();
      const admin = await bed.member({ role: "admin" });
      const email = address("ada");
      const wish = { emails: [email], role: "viewer", folderIds: [bed.lyon] } as const;
      await bed.invitations.invite(await bed.as(admin), { ...wish, emails: [email], folderIds: [bed.lyon] });
      await bed.members.remove(await bed.as(bed.owner), admin.accountId);
      const token = await bed.tokenTo(email);
      expect((await bed.invitations.view(token)).inviter).toBe(admin.name);
      await bed.invitations.accept(await withAccount(email), token);
    });

    test("A-45: deleted folders drop out; without any left one joins with nothing, and the admins are told", async () => {
      await fresh();
      const { email, token } = await invited({ folderIds: [bed.hall, bed.paris] });
      const removeFolder = async (id: FolderId) => {
        const folder = await bed.store.read.folders.find(bed.orgId, id);
        if (!folder?.parentId) throw new Error("no folder");
        const { parentId } = folder;
        await bed.store.write(({ folders }) => folders.remove({ ...folder, parentId }));
      };
      await removeFolder(bed.hall);
      const person = await withAccount(email);
      await bed.invitations.accept(person, token);
      expect((await bed.as(person)).grants).toEqual([{ folderId: bed.paris, role: "viewer" }]);
      const second = await invited({ folderIds: [bed.paris] }, "zoe");
      await removeFolder(bed.paris);
      const zoe = await withAccount(second.email);
      await bed.invitations.accept(zoe, second.token);
      expect((await bed.as(zoe)).grants).toEqual([]);
      expect((await bed.mailsTo(bed.owner.email)).map(({ mail }) => mail.kind).sort()).toEqual([
        "joined_with_fewer_folders",
        "joined_without_folders",
      ]);
    });

    test("R-021: a revoked one can be used no more, and revoking twice finds nothing", async () => {
      await fresh();
      const { email, token, invitation } = await invited();
      const asking = await bed.as(bed.owner);
      await bed.invitations.revoke(asking, invitation.id);
      const person = await withAccount(email);
      await expect(bed.invitations.accept(person, token)).rejects.toMatchObject({
        code: "INVITATION_INVALID",
      });
      await expect(bed.invitations.revoke(asking, invitation.id)).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
      expect(await actions()).toEqual(["invitation.sent", "invitation.revoked"]);
    });

    test("A-20: another organisation's invitation is not found, like none at all", async () => {
      await fresh();
      const { invitation } = await invited();
      const elsewhere = await bed.as(bed.owner, bed.otherOrg);
      const none = InvitationId.parse("01890000-0000-7000-8000-00000000dead");
      for (const id of [invitation.id, none]) {
        const asked = [
          () => bed.invitations.resend(elsewhere, id),
          () => bed.invitations.revoke(elsewhere, id),
          () => bed.invitations.change(elsewhere, id, { role: "admin", folderIds: [] }, 1),
        ];
        for (const each of asked)
          await expect(each()).rejects.toMatchObject({ code: "NOT_FOUND", details: {} });
      }
    });

    test("an admin who was removed meanwhile invites nobody", async () => {
      await fresh();
      const admin = await bed.member({ role: "admin" });
      const asking = await bed.as(admin);
      await bed.members.remove(await bed.as(bed.owner), admin.accountId);
      const late = bed.invitations.invite(asking, { emails: [address("x")], role: "admin", folderIds: [] });
      await expect(late).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    test("A-49: the link of an archived organisation opens nothing and names nobody", async () => {
      await fresh();
      const { token } = await invited();
      const found = await opened.store.read.invitations.byToken(hashOf(token));
      const archived = await orgBed(opened.store, `archived inv ${name} ${seed}`, {
        archivedAt: 5,
        archivedBy: "x",
      });
      if (!found) throw new Error("no invitation");
      const other = { ...found, orgId: archived.orgId, tokenHash: hashOf(`archived ${seed} ${name}`) };
      await opened.store.write(({ invitations }) => invitations.insert(other));
      await expect(bed.invitations.view(`archived ${seed} ${name}`)).rejects.toMatchObject({
        code: "INVITATION_INVALID",
        details: {},
      });
    });

    test("B1-E2: two who accept at the same moment make one membership, 200 times", async () => {
      await fresh();
      for (let round = 0; round < 200; round++) {
        const { email, token } = await invited({}, `racer${round}`);
        const person = await withAccount(email);
        const both = await Promise.allSettled([
          bed.invitations.accept(person, token),
          bed.invitations.accept(person, token),
        ]);
        const refused = both.filter((each) => each.status === "rejected");
        expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual([
          "INVITATION_INVALID",
        ]);
        expect(await isMember(person)).toBe(true);
      }
      expect((await actions()).filter((action) => action === "invitation.accepted")).toHaveLength(200);
    }, 300_000);

    test("B1-E2: ten attacks, again and again: none of them gets in", async () => {
      const rounds = 10;
      await fresh({ invitationDays: 1 });
      const thief = await bed.newPerson();
      await join(bed, bed.otherOrg, thief, { role: "admin" });
      const refusals: Record<string, number> = {};
      const refuse = async (attack: string, asked: Promise<unknown>) => {
        await expect(asked, attack).rejects.toSatisfy(
          ({ status }: { status: number }) => status >= 400 && status < 500,
        );
        refusals[attack] = (refusals[attack] ?? 0) + 1;
      };
      for (let round = 0; round < rounds; round++) {
        const target = await invited({ role: "operator" }, `target${round}`);
        const { token, invitation, email } = target;
        const { accept, resend } = bed.invitations;
        await refuse("guess", accept(thief, bed.ports.random.bytes(32).toString()));
        await refuse("one letter off", accept(thief, (token.startsWith("A") ? "B" : "A") + token.slice(1)));
        await refuse("its hash", accept(thief, hashOf(token)));
        await refuse("forwarded", accept(thief, token));
        await refuse("another case of the token", accept(thief, token.toUpperCase()));
        const elsewhere = await bed.as(thief, bed.otherOrg);
        await refuse("from another organisation", resend(elsewhere, invitation.id));
        const person = await withAccount(email);
        await accept(person, token);
        await refuse("used twice", accept(person, token));
        await refuse("own promotion", bed.members.confirmRole(await bed.as(person), person.accountId));
        const revoked = await invited({}, `revoked${round}`);
        await bed.invitations.revoke(await bed.as(bed.owner), revoked.invitation.id);
        await refuse("revoked", accept(await withAccount(revoked.email), revoked.token));
        const late = await invited({}, `late${round}`);
        const comes = await withAccount(late.email);
        await bed.clock.advance(DAY_MS);
        await refuse("over", accept(comes, late.token));
      }
      expect(Object.values(refusals)).toEqual(Array.from({ length: 10 }, () => rounds));
      expect(await isMember(thief)).toBe(false);
    }, 120_000);
  });
});
