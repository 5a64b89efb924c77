import { seededRandom, uuid7Ids } from "@fyr/runtime";
import { expect, test } from "vitest";
import type { HubStore } from "../store/store.ts";
import type { Mail } from "./store.ts";

const NOW = Date.UTC(2026, 0, 1);
const ids = uuid7Ids({ wall: () => NOW }, seededRandom("mail records"));

const mailRecord = (facts: Partial<Mail> = {}): Mail => ({
  ...{ id: ids.next(), to: "ada@example.com", kind: "code", language: "fr", subject: "Votre code é" },
  ...{ body: "sealed", state: "waiting", problem: null, createdAt: NOW, tries: 0, nextAt: NOW },
  ...{ until: NOW + 1_000, endedAt: null },
  ...facts,
});

export function mailStoreContract(name: string, stores: () => HubStore): void {
  const write: HubStore["write"] = (work) => stores().write(work);
  const put = async (facts: Partial<Mail>) => {
    const mail = mailRecord(facts);
    await write(({ mails }) => mails.insert(mail));
    return mail;
  };
  const find = ({ id }: Mail) => stores().read.mails.find(id);
  const endEarlierMails = async () => {
    const due = await write(({ mails }) => mails.takeDue(NOW * 2, NOW * 3, 1_000));
    for (const { id } of due) {
      await write(({ mails }) =>
        mails.tried(id, { state: "sent", problem: null, tries: 1, nextAt: 0, endedAt: NOW * 2 }),
      );
    }
  };

  test(`${name}: a mail is what was put in, listed newest first and by address`, async () => {
    const to = `${name.toLowerCase()}@example.com`;
    const three = [await put({ to }), await put({}), await put({ to, problem: "x", endedAt: 3 })];
    expect(await find(three[0]!)).toEqual(three[0]);
    expect(await stores().read.mails.find("absent")).toBeNull();
    const page = (limit: number, after?: string) => stores().read.mails.page({ to }, { limit, after });
    expect(await page(5)).toEqual([three[2], three[0]]);
    expect(await page(5, three[2]!.id)).toEqual([three[0]]);
    expect((await stores().read.mails.page({}, { limit: 1 })).map(({ id }) => id)).toEqual([
      three[2]!.id,
      three[1]!.id,
    ]);
  });

  test(`${name}: what is due is taken by one of two who look at once, and again only later`, async () => {
    await endEarlierMails();
    const due = [await put({}), await put({ nextAt: NOW - 5 })];
    await put({ nextAt: NOW + 1 });
    await put({ state: "failed" });
    expect(await stores().read.mails.hasDue(NOW)).toBe(true);
    const take = () => write(({ mails }) => mails.takeDue(NOW, NOW + 100, 10));
    const both = (await Promise.all([take(), take()])).flat();
    expect(both.map(({ id }) => id).sort()).toEqual(due.map(({ id }) => id).sort());
    expect([await stores().read.mails.hasDue(NOW), await take()]).toEqual([false, []]);
    expect(await write(({ mails }) => mails.takeDue(NOW + 100, NOW + 200, 2))).toHaveLength(2);
  });

  test(`${name}: what came of a try is kept; bodies of what ended are forgotten after their time`, async () => {
    const [sent, waiting] = [await put({}), await put({})];
    const outcome = { state: "sent", problem: null, tries: 1, nextAt: NOW, endedAt: NOW + 5 } as const;
    await write(({ mails }) => mails.tried(sent.id, outcome));
    expect(await find(sent)).toEqual({ ...sent, ...outcome });
    await write(({ mails }) => mails.clear(NOW + 5));
    expect((await find(sent))?.body).toBe("sealed");
    await write(({ mails }) => mails.clear(NOW + 6));
    expect([(await find(sent))?.body, (await find(waiting))?.body]).toEqual([null, "sealed"]);
  });
}
