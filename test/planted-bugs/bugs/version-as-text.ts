import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Versions are compared as text: 9.80 counts as newer than 12.9.",
  edits: [
    {
      file: "protocol/src/scalars.ts",
      find: "  const [left, right] = [parts(a), parts(b)];",
      replace: `  if (a !== b) return a < b ? -1 : 1;
  const [left, right] = [parts(a), parts(b)];`,
    },
  ],
  caughtBy: [{ kind: "test", file: "protocol/src/scalars.test.ts", name: "10.12.323 against 9.80.2.2" }],
};
