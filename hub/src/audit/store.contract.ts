import { expect, test } from "vitest";
import { newOrg } from "../testing/records.ts";
import type { HubStore } from "../store/store.ts";
import { brokenAt } from "./chain.ts";

export function auditStoreContract(name: string, stores: () => HubStore): void {
  const change = (orgId: ReturnType<typeof newOrg>, object: string) => ({
    ...{ orgId, at: 5, actor: "operator", action: "thing.done", object },
    after: { n: object, text: "é \u2028 'q'" },
  });

  test(`${name}: many writers at once make one chain per organisation, without gaps`, async () => {
    const [one, two] = [newOrg(), newOrg()];
    const writers = Array.from({ length: 20 }, (_, n) =>
      stores().write(({ audit }) =>
        audit.append([change(one, `a${n}`), change(two, `b${n}`), change(one, `c${n}`)]),
      ),
    );
    await Promise.all(writers);
    const entries = await stores().read.audit.page(one, { limit: 100 });
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    expect(brokenAt(entries)).toBeNull();
    expect(brokenAt(await stores().read.audit.page(two, { limit: 100 }))).toBeNull();
  });

  test(`${name}: what was not committed leaves no gap`, async () => {
    const org = newOrg();
    await stores().write(({ audit }) => audit.append([change(org, "first")]));
    const failing = stores().write(async ({ audit }) => {
      await audit.append([change(org, "lost")]);
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    await stores().write(({ audit }) => audit.append([change(org, "second")]));
    const entries = await stores().read.audit.page(org, { limit: 10 });
    expect(entries.map(({ seq, object }) => [seq, object])).toEqual([
      [1, "first"],
      [2, "second"],
    ]);
  });

  test(`${name}: an entry that was altered, moved or removed shows`, async () => {
    const org = newOrg();
    await stores().write(({ audit }) => audit.append([change(org, "a"), change(org, "b"), change(org, "c")]));
    const entries = await stores().read.audit.page(org, { limit: 10 });
    const [first, second, third] = entries as [(typeof entries)[0], (typeof entries)[0], (typeof entries)[0]];
    expect(brokenAt([first, { ...second, actor: "somebody" }, third])).toBe(2);
    expect(brokenAt([first, { ...second, after: { n: "z" } }, third])).toBe(2);
    expect(brokenAt([first, third])).toBe(3);
    expect(brokenAt([second, first, third])).toBe(2);
    expect((await stores().read.audit.page(org, { after: "1", limit: 1 })).map(({ seq }) => seq)).toEqual([
      2, 3,
    ]);
  });
}
