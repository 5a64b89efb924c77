import { EmailAddress, type FolderId, type OrgId, type Role } from "@fyr/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Person } from "../../access/caller.ts";
import { readMail } from "../../mail/post.ts";
import { testDatabases, type OpenedStore } from "../../testing/databases.ts";
import { newPerson } from "../../testing/people.ts";
import { openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { API_PREFIX } from "./routes/index.ts";

describe.each(await testDatabases())("A-45 on $name", ({ open, runs }) => {
  describe.skipIf(!runs)("over the API", () => {
    let opened: OpenedStore;
    let bed: ApiBed;
    let owner: Person & { email: string };
    let orgId: OrgId;
    let folders: { north: FolderId; south: FolderId };
    let invitee: EmailAddress;
    let guests = 0;

    beforeAll(async () => {
      opened = await open();
      bed = await openApiBed({ store: opened.store });
    });
    beforeEach(async () => {
      owner = await newPerson(town());
      orgId = (await ask(owner, "POST", "/orgs", { name: "Harbour" })).json<{ id: OrgId }>().id;
      folders = { north: await made("North"), south: await made("South") };
      invitee = EmailAddress.parse(`guest${++guests}@harbour.example`);
    });
    afterAll(async () => {
      await bed.close();
      await opened.drop();
    });

    const town = () => ({ store: bed.hub.store, ids: bed.hub.ports.ids });
    const ask = (who: Person, method: "GET" | "POST", path: string, payload?: object, headers = {}) =>
      bed.app.inject({
        ...{ method, url: API_PREFIX + path, headers: { ...bed.signIn(who), ...headers } },
        ...(payload && { payload }),
      });
    const made = async (name: string) =>
      (await ask(owner, "POST", `/orgs/${orgId}/folders`, { name })).json<{ id: FolderId }>().id;
    const mailsTo = async (to: string) => bed.hub.store.read.mails.page({ to }, { limit: 50 });
    const invite = async (role: Role = "viewer") => {
      const wish = { emails: [invitee], role, folderIds: Object.values(folders) };
      expect((await ask(owner, "POST", `/orgs/${orgId}/invitations`, wish)).statusCode).toBe(200);
      const [mail] = await mailsTo(invitee);
      const text = (mail && readMail(mail, bed.hub.ports.sealing)?.text) ?? "";
      return /#([\w-]{43})$/m.exec(text)?.[1] ?? "";
    };
    const remove = async (id: FolderId) => {
      const wish = { riskUnderstood: true };
      const gone = await ask(owner, "POST", `/orgs/${orgId}/folders/${id}/delete`, wish, {
        "if-match": '"1"',
      });
      expect(gone.statusCode).toBe(204);
    };
    const accept = async (token: string) => {
      const person = await newPerson(town(), { email: invitee });
      const answer = await ask(person, "POST", "/invitations/accept", { token });
      expect(answer.statusCode).toBe(200);
      return person;
    };
    const reached = async (person: Person) =>
      (await ask(person, "GET", `/orgs/${orgId}/folders`))
        .json<{ items: { id: string }[] }>()
        .items.map(({ id }) => id);
    const lastEntry = async () =>
      (await ask(owner, "GET", `/orgs/${orgId}/audit?limit=500`)).json<{ items: object[] }>().items;
    const told = async () => (await mailsTo(owner.email)).map(({ kind }) => kind).sort();

    test("one of the folders was deleted: the other counts, and audit and admins are told", async () => {
      const token = await invite();
      await remove(folders.north);
      const person = await accept(token);
      expect(await reached(person)).toEqual([folders.south]);
      expect(await lastEntry()).toContainEqual(
        expect.objectContaining({
          action: "invitation.accepted",
          after: expect.objectContaining({ dropped: [folders.north] }),
        }),
      );
      expect(await told()).toEqual(["joined_with_fewer_folders"]);
    });

    test("all were deleted: the person comes in and sees no folder, and audit and admins are told", async () => {
      const token = await invite("operator");
      for (const id of Object.values(folders)) await remove(id);
      const person = await accept(token);
      expect(await reached(person)).toEqual([]);
      expect((await ask(person, "GET", `/orgs/${orgId}/members`)).statusCode).toBe(200);
      expect(await lastEntry()).toContainEqual(
        expect.objectContaining({
          action: "invitation.accepted",
          after: expect.objectContaining({ grants: [], dropped: Object.values(folders).sort() }),
        }),
      );
      expect(await told()).toEqual(["joined_without_folders", "role_to_confirm"]);
    });

    test("A-14: a deletion names the invitations that lose the folder, and the audit keeps them", async () => {
      await invite();
      const preview = await ask(owner, "GET", `/orgs/${orgId}/folders/${folders.north}/deletion`);
      const { invitations } = preview.json<{ invitations: { id: string }[] }>();
      expect(invitations).toEqual([{ id: invitations[0]?.id, email: invitee, role: "viewer" }]);
      const third = await made("Third");
      const other = await ask(owner, "GET", `/orgs/${orgId}/folders/${third}/deletion`);
      expect(other.json()).toMatchObject({ invitations: [] });
      await remove(folders.north);
      expect(await lastEntry()).toContainEqual(
        expect.objectContaining({
          action: "folder.deleted",
          before: expect.objectContaining({ invitations: invitations.map(({ id }) => id) }),
        }),
      );
    });

    test("whoever deletes and whoever accepts at one moment take turns, and nobody gets a folder that is gone", async () => {
      const token = await invite();
      const person = await newPerson(town(), { email: invitee });
      const [accepted] = await Promise.all([
        ask(person, "POST", "/invitations/accept", { token }),
        remove(folders.north),
        remove(folders.south),
      ]);
      expect(accepted.statusCode).toBe(200);
      expect(await reached(person)).toEqual([]);
      const member = await bed.hub.store.read.access.membership(orgId, person.accountId);
      expect(member?.grants).toEqual([]);
    });
  });
});
