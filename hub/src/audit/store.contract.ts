import type { AuditEntry, OrgId } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newOrg, organisationRecord } from "../testing/records.ts";
import { breaksOf, START } from "../chain/chain.ts";
import type { HubStore } from "../store/store.ts";
import { auditBreaks } from "./chain.ts";
import type { AuditFilter, Change, Whose } from "./store.ts";

export function auditStoreContract(name: string, stores: () => HubStore): void {
  const change = (orgId: OrgId, object: string, facts: Partial<Change> = {}): Change => ({
    ...{ orgId, at: 5, actor: "operator", action: "thing.done", object },
    after: { n: object, text: "é \u2028 'q'" },
    ...facts,
  });
  const append = (...changes: readonly Change[]) => stores().write(({ audit }) => audit.append(changes));
  const all = (orgId: OrgId) => stores().read.audit.page(orgId, { limit: 1_000 }, "everybody");

  test(`${name}: many writers at once make one chain per organisation, without gaps`, async () => {
    const [one, two] = [newOrg(), newOrg()];
    const writers = Array.from({ length: 20 }, (_, n) =>
      append(change(one, `a${n}`), change(two, `b${n}`), change(one, `c${n}`)),
    );
    await Promise.all(writers);
    const entries = await all(one);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    expect(auditBreaks(entries)).toEqual([]);
    expect(auditBreaks(await all(two))).toEqual([]);
  });

  test(`${name}: what was not committed leaves no gap`, async () => {
    const org = newOrg();
    await append(change(org, "first"));
    const failing = stores().write(async ({ audit }) => {
      await audit.append([change(org, "lost")]);
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    await append(change(org, "second"));
    expect((await all(org)).map(({ seq, object }) => [seq, object])).toEqual([
      [1, "first"],
      [2, "second"],
    ]);
  });

  test(`${name}: an entry that was altered, moved or removed shows`, async () => {
    const org = newOrg();
    await append(change(org, "a"), change(org, "b"), change(org, "c"));
    const [first, second, third] = (await all(org)) as [AuditEntry, AuditEntry, AuditEntry];
    const altered = [{ seq: 2, why: "altered" }];
    expect(auditBreaks([first, { ...second, actor: "somebody" }, third])).toEqual(altered);
    expect(auditBreaks([first, { ...second, after: { n: "z" } }, third])).toEqual(altered);
    expect(auditBreaks([first, third])).toEqual([{ seq: 2, why: "gap" }]);
    expect(auditBreaks([second, first, third])).not.toEqual([]);
  });

  test(`${name}: a chain is read as it lies there, and from any entry on`, async () => {
    const org = newOrg();
    await append(...Array.from({ length: 7 }, (_, n) => change(org, `o${n}`)));
    const { audit } = stores().read;
    const links = await audit.links(org, 1, 100);
    expect(breaksOf(links, { known: [await audit.head(org)] })).toEqual([]);
    expect(links.at(-1)?.hash).toBe((await audit.head(org)).hash);
    const rest = await audit.links(org, 4, 5);
    expect(rest.map(({ seq }) => seq)).toEqual([4, 5]);
    expect(breaksOf(rest, { start: links[2] ?? START })).toEqual([]);
    expect(await audit.head(newOrg())).toEqual(START);
  });

  test(`${name}: the ends of all chains are known, of organisations without one too`, async () => {
    const [written, empty] = [newOrg(), newOrg()];
    await append(change(written, "a"), change(written, "b"));
    await stores().write(({ organisations }) => organisations.insert(organisationRecord({ id: empty })));
    const { audit } = stores().read;
    const ends = await audit.ends();
    const head = await audit.head(written);
    expect(ends).toContainEqual({ orgId: written, head, last: 2 });
    expect(ends).toContainEqual({ orgId: empty, head: null, last: 0 });
    expect(await audit.ends(written)).toEqual([{ orgId: written, head, last: 2 }]);
  });

  const actors = ["operator", "account:1", "account:10", "agent:1"];
  const actions = ["task.cancelled", "task.failed", "taskforce.made", "organisation.created", "o"];
  const aChange = fc.record({
    actor: fc.constantFrom(...actors),
    action: fc.constantFrom(...actions),
    object: fc.constantFrom("o1", "o2", "o3"),
    at: fc.integer({ min: 0, max: 20 }),
  });
  const aFilter: fc.Arbitrary<AuditFilter> = fc.record(
    {
      actor: fc.constantFrom(...actors, "nobody"),
      action: fc.constantFrom("task", "task.", "task.failed", "o", "nothing"),
      object: fc.constantFrom("o1", "o2", "none"),
      from: fc.integer({ min: 0, max: 21 }),
      to: fc.integer({ min: 0, max: 21 }),
    },
    { requiredKeys: [] },
  );
  const whose: fc.Arbitrary<Whose> = fc.constantFrom<Whose>("everybody", { actor: "account:1" });
  const matches = (entry: AuditEntry, filter: AuditFilter, seen: Whose): boolean =>
    (seen === "everybody" || entry.actor === seen.actor) &&
    (filter.actor === undefined || entry.actor === filter.actor) &&
    (filter.action === undefined || entry.action.startsWith(filter.action)) &&
    (filter.object === undefined || entry.object === filter.object) &&
    (filter.from === undefined || entry.at >= filter.from) &&
    (filter.to === undefined || entry.at < filter.to);

  test(`${name}: A-24: pages in both directions hold what the filter and the reader's own entries leave, once each`, async () => {
    const org = newOrg();
    const changes = fc.sample(aChange, { numRuns: 60, seed: 4 });
    await append(...changes.map((facts) => change(org, facts.object, facts)));
    await append(change(newOrg(), "o1", { actor: "account:1" }));
    const entries = await all(org);
    await fc.assert(
      fc.asyncProperty(aFilter, whose, fc.boolean(), fc.integer({ min: 1, max: 30 }), async (...drawn) => {
        const [filter, seen, newest, limit] = drawn;
        const order = newest ? "newest" : "oldest";
        const found: AuditEntry[] = [];
        for (let after: string | undefined, more = true; more;) {
          const page = await stores().read.audit.page(org, { ...filter, order, after, limit }, seen);
          expect(page.length).toBeLessThanOrEqual(limit + 1);
          found.push(...page.slice(0, limit));
          more = page.length > limit;
          after = String(found.at(-1)?.seq);
        }
        const wanted = entries.filter((entry) => matches(entry, filter, seen));
        expect(found).toEqual(newest ? wanted.toReversed() : wanted);
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: what is rare is found in a long log, at its beginning, its middle and its end`, async () => {
    const org = newOrg();
    const many = Array.from({ length: 6_000 }, (_, n) => {
      const rare = n === 0 || n === 3_333 || n === 5_999;
      return change(org, rare ? "rare" : "o", { action: rare ? "rare.thing" : "thing.done", at: n });
    });
    await append(...many);
    const { audit } = stores().read;
    const seqs = async (filter: AuditFilter, order: "newest" | "oldest", limit = 10) =>
      (await audit.page(org, { ...filter, order, limit }, "everybody")).map(({ seq }) => seq);
    expect(await seqs({ action: "rare" }, "newest")).toEqual([6_000, 3_334, 1]);
    expect(await seqs({ object: "rare" }, "oldest")).toEqual([1, 3_334, 6_000]);
    expect(await seqs({ from: 2_000, to: 2_003 }, "newest")).toEqual([2_003, 2_002, 2_001]);
    expect(await seqs({ action: "rare", from: 1, to: 5_999 }, "oldest")).toEqual([3_334]);
    expect(await seqs({ action: "thing" }, "newest", 2)).toEqual([5_999, 5_998, 5_997]);
  });
}
