import { Fault } from "@fyr/protocol";
import { expect, test } from "vitest";
import type { HubStore } from "../store/store.ts";
import { newOrg } from "../testing/records.ts";
import { KEPT_MS, once, type Repeatable } from "./once.ts";

export function idempotencyStoreContract(name: string, stores: () => HubStore): void {
  let done = 0;
  const asked = (facts: Partial<Repeatable> = {}): Repeatable => ({
    ...{
      space: newOrg(),
      actor: "account:a",
      operation: "makeThing",
      key: "key",
      wish: { name: "x" },
      now: 0,
    },
    ...facts,
  });
  const run = (request: Repeatable): Promise<number> =>
    stores().write((all) => once(all, request, () => Promise.resolve(++done)));
  const codeOf = (work: Promise<unknown>) => work.catch((error: unknown) => (error as Fault).code);

  test(`${name}: an answer is kept under its key for as long as was said`, async () => {
    const orgId = newOrg();
    const now = 1_000;
    const ask = (org: typeof orgId, at: number, answer: string) =>
      stores().write(async ({ idempotency }) => {
        const kept = await idempotency.take(org, "key", "hash", { now: at, since: at - 100 });
        if (!kept) await idempotency.answer(org, "key", answer);
        return kept?.answer ?? "new";
      });
    const both = await Promise.all([ask(orgId, now, "A"), ask(orgId, now, "B")]);
    expect(both.filter((answer) => answer === "new")).toHaveLength(1);
    const kept = both.find((answer) => answer !== "new");
    expect(["A", "B"]).toContain(kept);
    expect(await ask(newOrg(), now, "C")).toBe("new");
    expect(await ask(orgId, 1_100, "D")).toBe(kept);
    expect(await ask(orgId, 1_101, "E")).toBe("new");
    expect(await ask(orgId, 1_102, "F")).toBe("E");
    await stores().write(({ idempotency }) => idempotency.forget(1_102));
    expect(await ask(orgId, 1_102, "G")).toBe("new");
  });

  test(`${name}: the same request under the same key is done once for 48 hours, also when both come at once`, async () => {
    const request = asked({ now: 5 });
    const [first, second] = await Promise.all([run(request), run(request)]);
    expect(second).toBe(first);
    expect(await run({ ...request, now: 5 + KEPT_MS })).toBe(first);
    expect(await run({ ...request, now: 6 + KEPT_MS })).toBe(done);
    expect(done).toBe((first ?? 0) + 1);
  });

  test(`${name}: a key that came with another body or for another operation is refused`, async () => {
    const request = asked();
    await run(request);
    const before = done;
    expect(await codeOf(run({ ...request, wish: { name: "y" } }))).toBe("IDEMPOTENCY_MISMATCH");
    expect(await codeOf(run({ ...request, operation: "dropThing" }))).toBe("IDEMPOTENCY_MISMATCH");
    expect(done).toBe(before);
  });

  test(`${name}: nobody is answered what another caller or another organisation was told`, async () => {
    const request = asked();
    const answers = [
      await run(request),
      await run({ ...request, actor: "account:b" }),
      await run({ ...request, space: newOrg() }),
      await run({ ...request, key: undefined }),
      await run({ ...request, key: undefined }),
    ];
    expect(new Set(answers).size).toBe(5);
  });

  test(`${name}: what was refused may be tried again under its key`, async () => {
    const request = asked();
    const refused = stores().write((all) => once(all, request, () => Promise.reject(new Fault("NOT_FOUND"))));
    expect(await codeOf(refused)).toBe("NOT_FOUND");
    expect(await run(request)).toBe(done);
  });
}
