import { Fault } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isStoreDown } from "./errors.ts";
import { groupCommit } from "./group-commit.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("what comes in during a commit is the next batch", async () => {
  const batches: number[][] = [];
  const gate = Promise.withResolvers<void>();
  const queue = groupCommit<number, number>({
    async commit(batch) {
      batches.push([...batch]);
      if (batches.length === 1) await gate.promise;
      return batch.map((item) => ({ ok: true, value: item * 10 }));
    },
    ...{ turn, isStoreDown, weigh: () => 1, largestBatch: 100, lanes: 1 },
  });
  const first = queue.add(1);
  await turn();
  await turn();
  const rest = [2, 3, 4].map((item) => queue.add(item));
  gate.resolve();
  expect(await Promise.all([first, ...rest])).toEqual([10, 20, 30, 40]);
  expect(batches).toEqual([[1], [2, 3, 4]]);
  await queue.idle();
});

test("poison harms nobody else, and every item is committed exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("good", "poison", "refused"), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 3 }),
      async (kinds, largestBatch, lanes) => {
        const kept: number[] = [];
        const queue = groupCommit<number, string>({
          async commit(batch) {
            await Promise.resolve();
            if (batch.some((item) => kinds[item] === "poison")) throw new Error("the transaction failed");
            const refused = (item: number) => kinds[item] === "refused";
            kept.push(...batch.filter((item) => !refused(item)));
            return batch.map((item) =>
              refused(item) ? { ok: false, error: new Error("no") } : { ok: true, value: "kept" },
            );
          },
          ...{ turn: () => Promise.resolve(), isStoreDown, weigh: () => 1, largestBatch, lanes },
        });
        const ends = await Promise.allSettled(kinds.map((_, item) => queue.add(item)));
        ends.forEach(({ status }, item) => expect(status === "fulfilled").toBe(kinds[item] === "good"));
        expect(kept.sort((a, b) => a - b)).toEqual(
          kinds.flatMap((kind, item) => (kind === "good" ? [item] : [])),
        );
      },
    ),
  );
});

test("a database that is down is asked once, and again for what comes later", async () => {
  let asked = 0;
  let down = true;
  const queue = groupCommit<number, number>({
    commit(batch) {
      asked++;
      if (down) return Promise.reject(new Fault("HUB_DISK_FULL"));
      return Promise.resolve(batch.map((value) => ({ ok: true, value })));
    },
    ...{ turn, isStoreDown, weigh: () => 1, largestBatch: 100, lanes: 1 },
  });
  const ends = await Promise.allSettled([1, 2, 3, 4].map((item) => queue.add(item)));
  expect(ends.map(({ status }) => status)).toEqual(Array(4).fill("rejected"));
  expect(asked).toBe(1);
  down = false;
  expect(await queue.add(5)).toBe(5);
});

test("a batch is closed by weight, and what weighs more than a batch goes alone", async () => {
  const batches: number[][] = [];
  const queue = groupCommit<number, number>({
    async commit(batch) {
      batches.push([...batch]);
      return batch.map((value) => ({ ok: true, value }));
    },
    ...{ turn, isStoreDown, weigh: (item) => item, largestBatch: 10, lanes: 1 },
  });
  await Promise.all([4, 5, 6, 40, 1, 2].map((item) => queue.add(item)));
  expect(batches).toEqual([[4, 5], [6], [40], [1, 2]]);
});

test("where the database takes several writers, the next batch does not wait for the last", async () => {
  let under = 0;
  let most = 0;
  const queue = groupCommit<number, number>({
    async commit(batch) {
      most = Math.max(most, ++under);
      await turn();
      under--;
      return batch.map((value) => ({ ok: true, value }));
    },
    ...{ turn, isStoreDown, weigh: () => 1, largestBatch: 2, lanes: 2 },
  });
  const items = [1, 2, 3, 4, 5, 6, 7];
  expect(await Promise.all(items.map((item) => queue.add(item)))).toEqual(items);
  expect(most).toBe(2);
  await queue.idle();
});
