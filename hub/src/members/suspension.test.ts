import { EmailAddress, type AccountId } from "@fyr/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Person } from "../access/caller.ts";
import { HOME, PASSWORD, type TestPerson } from "../accounts/testing/bed.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { orgBed, type OrgBed } from "../testing/org-bed.ts";
import { join } from "../testing/people.ts";
import { CLAIM_MS } from "./claim.ts";
import { suspension } from "./suspend.ts";

const REASON = "left the company, ticket 4711";

describe.each(await testDatabases())("A-55 on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let bed: OrgBed;
  /** The only owner of the first organisation, with a password and an authenticator. */
  let ada: TestPerson;
  let admin: Awaited<ReturnType<OrgBed["newPerson"]>>;
  let seed = 0;

  const fresh = async () => {
    bed = await orgBed(opened.store, `suspension ${name} ${++seed}`);
    ada = await bed.person(`ada-${seed}-${name.toLowerCase()}@acme.example`);
    admin = await bed.member({ role: "admin" });
    await join(bed, bed.orgId, { accountId: ada.id }, { role: "admin" });
    await bed.members.handOver(await bed.as(bed.owner), { to: ada.id, leave: true });
  };
  const outside = () => suspension(bed.ports, bed.store);
  const person = ({ id, opened: { session } }: TestPerson): Person => ({
    ...{ kind: "person", accountId: id, sessionId: session.id, factorAt: 1, language: "en" },
  });
  const asAdmin = () => bed.as(admin);
  const actions = async () => (await bed.audit()).map(({ action }) => action);
  const letters = async (email: string) => (await bed.mailsTo(email)).map(({ mail }) => mail.kind).reverse();
  const isOwner = async (accountId: AccountId) =>
    (await bed.store.read.members.find(bed.orgId, accountId))?.owner;
  const signIn = () => bed.accounts.signIn({ email: ada.email, password: PASSWORD }, HOME);

  describe.skipIf(!runs)("a sole owner who is suspended from outside", () => {
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.drop());

    test("A-55: is out at once and keeps the mark; the organisation shows it, and the admins are told", async () => {
      await fresh();
      expect(await bed.standing(ada.opened.token)).not.toBeNull();
      await outside().suspend(ada.email, REASON);
      expect(await bed.standing(ada.opened.token)).toBeNull();
      await expect(signIn()).rejects.toMatchObject({ code: "SIGN_IN_REFUSED", details: {} });
      expect(await isOwner(ada.id)).toBe(true);
      expect(await bed.members.ownership(await asAdmin())).toEqual({ activeOwner: false, claim: null });
      expect(await letters(admin.email)).toEqual(["no_active_owner"]);
      expect((await bed.audit()).at(-1)).toMatchObject({
        ...{
          action: "organisation.owner_suspended",
          actor: "operator",
          after: { owner: ada.id, reason: REASON },
        },
      });
      expect((await bed.trail(ada.id)).at(-1)).toMatchObject({
        ...{ action: "account.suspended", actor: "operator", after: { reason: REASON } },
      });
      await outside().suspend(ada.email, "again");
      expect((await bed.trail(ada.id)).filter(({ action }) => action === "account.suspended")).toHaveLength(
        1,
      );
    });

    test("A-55: a session that is made in the same moment counts as little, and a new password opens nothing", async () => {
      await fresh();
      await outside().suspend(ada.email, REASON);
      await bed.store.write(({ sessions }) => sessions.insert(ada.opened.session));
      expect(await bed.standing(ada.opened.token)).toBeNull();
      await bed.accounts.askForPassword(ada.email, HOME);
      const token = await bed.tokenTo(ada.email);
      await bed.accounts.resetPassword({ token, password: "another tulip 99" });
      const late = bed.accounts.signIn({ email: ada.email, password: "another tulip 99" }, HOME);
      await expect(late).rejects.toMatchObject({ code: "SIGN_IN_REFUSED" });
    });

    test("A-55: who is restored signs in again and owns as before, and the admins are told", async () => {
      await fresh();
      await outside().suspend(ada.email, REASON);
      await outside().restore(ada.email, "a mistake");
      expect((await signIn()).account.id).toBe(ada.id);
      expect(await bed.standing(ada.opened.token)).toBeNull();
      expect(await bed.members.ownership(await asAdmin())).toEqual({ activeOwner: true, claim: null });
      expect(await letters(admin.email)).toEqual(["no_active_owner", "active_owner_again"]);
      expect((await actions()).slice(-2)).toEqual([
        "organisation.owner_suspended",
        "organisation.owner_restored",
      ]);
      const nobody = EmailAddress.parse("nobody@acme.example");
      await expect(outside().restore(nobody, "x")).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    test("A-55: while another owner can act nobody is told, and nobody can claim", async () => {
      await fresh();
      const second = await bed.member({ role: "admin", owner: true });
      await outside().suspend(ada.email, REASON);
      expect(await letters(admin.email)).toEqual([]);
      expect(await actions()).not.toContain("organisation.owner_suspended");
      await expect(bed.members.claim(await asAdmin())).rejects.toMatchObject({ code: "OWNER_ACTIVE" });
      // The one who is left is the last who counts.
      const leaving = bed.members.leave(await bed.as(second));
      await expect(leaving).rejects.toMatchObject({ code: "LAST_OWNER" });
    });

    test("A-55: an admin's claim takes effect after 14 days, not a moment before, with audit and letters", async () => {
      await fresh();
      await outside().suspend(ada.email, REASON);
      const at = bed.clock.wall();
      const { claim } = await bed.members.claim(await asAdmin());
      expect(claim).toEqual({
        ...{ accountId: admin.accountId, name: admin.name },
        ...{ claimedAt: at, effectiveAt: at + CLAIM_MS },
      });
      expect(CLAIM_MS).toBe(14 * 86_400_000);
      const other = await bed.member({ role: "admin" });
      await expect(bed.members.claim(await bed.as(other))).rejects.toMatchObject({ code: "CLAIM_OPEN" });
      await bed.clock.advance(CLAIM_MS - 1);
      await bed.members.settleClaims();
      expect(await isOwner(admin.accountId)).toBe(false);
      await bed.clock.advance(1);
      await bed.members.settleClaims();
      await bed.members.settleClaims();
      expect(await isOwner(admin.accountId)).toBe(true);
      expect(await isOwner(ada.id)).toBe(true);
      expect(await bed.members.ownership(await asAdmin())).toEqual({ activeOwner: true, claim: null });
      expect((await actions()).slice(-2)).toEqual(["organisation.claimed", "organisation.claim_effective"]);
      expect((await letters(ada.email)).slice(-2)).toEqual(["ownership_claimed", "ownership_settled"]);
    });

    test("A-55: an owner who is back objects, and nothing changes; nobody else may", async () => {
      await fresh();
      await outside().suspend(ada.email, REASON);
      await bed.members.claim(await asAdmin());
      await expect(bed.members.object(await asAdmin())).rejects.toMatchObject({ code: "OWNER_ONLY" });
      await outside().restore(ada.email, "a mistake");
      const owner = await bed.as(person(ada));
      expect(await bed.members.object(owner)).toEqual({ activeOwner: true, claim: null });
      await expect(bed.members.object(owner)).rejects.toMatchObject({ code: "NO_CLAIM" });
      await bed.clock.advance(CLAIM_MS);
      await bed.members.settleClaims();
      expect(await isOwner(admin.accountId)).toBe(false);
      expect((await actions()).slice(-1)).toEqual(["organisation.claim_objected"]);
    });

    test("A-55: a claim of somebody who is no admin any more lapses, and another admin can claim", async () => {
      await fresh();
      await outside().suspend(ada.email, REASON);
      const asking = await asAdmin();
      await bed.members.claim(asking);
      await bed.store.write(({ members }) => members.remove(bed.orgId, admin.accountId));
      const other = await bed.member({ role: "admin" });
      const { claim } = await bed.members.claim(await bed.as(other));
      expect(claim?.accountId).toBe(other.accountId);
      expect((await actions()).slice(-2)).toEqual(["organisation.claim_lapsed", "organisation.claimed"]);
      await expect(bed.members.claim(asking)).rejects.toMatchObject({ code: "NOT_FOUND" });
      const viewer = await bed.member();
      await expect(bed.members.claim(await bed.as(viewer))).rejects.toMatchObject({ code: "FORBIDDEN" });
    });

    test("A-55: two admins who claim at the same moment make one claim", async () => {
      await fresh();
      await outside().suspend(ada.email, REASON);
      const other = await bed.member({ role: "admin" });
      const claims = await Promise.allSettled([
        bed.members.claim(await asAdmin()),
        bed.members.claim(await bed.as(other)),
      ]);
      expect(claims.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect((await actions()).filter((action) => action === "organisation.claimed")).toHaveLength(1);
    });
  });
});
