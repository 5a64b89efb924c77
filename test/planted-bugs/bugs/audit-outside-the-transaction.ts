import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The change is on disk and its audit entry is not, when the hub dies in between.",
  edits: [
    {
      file: "hub/src/upgrades/service.ts",
      find: `      const { task, tell } = await store.write(async (stores) => {
        const { upgrades, audit } = stores;`,
      replace: `      const { task, tell } = await store.write(async (stores) => {
        const { upgrades } = stores;
        const audit = {
          append: (entries: Parameters<Parameters<Parameters<typeof store.write>[0]>[0]["audit"]["append"]>[0]) =>
            void Promise.resolve().then(() => store.write(({ audit }) => audit.append(entries)).catch(() => {})),
        };`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/store/together.test.ts",
      name: "a wish to cancel whose audit entry cannot be written has not happened, and nobody is told that it has",
    },
  ],
};
