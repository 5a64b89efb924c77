import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The hub answers a sync before its transaction is on the disk.",
  edits: [
    {
      file: "hub/src/fleet/sync/door.ts",
      find: "      const { answers, wakeAt } = await store.write((stores) => commit(stores, batch));",
      replace: `      const early = Promise.withResolvers<Awaited<ReturnType<typeof commit>>>();
      const late = store.write(async (stores) => {
        const done = await commit(stores, batch);
        early.resolve(done);
        return done;
      });
      late.catch(early.reject);
      const { answers, wakeAt } = await early.promise;`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/store/together.test.ts",
      name: "a report that cannot be committed has not happened, and nobody is told that it has",
    },
  ],
};
