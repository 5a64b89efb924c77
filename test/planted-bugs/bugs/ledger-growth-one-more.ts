import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The least number of further seats is rounded up twice.",
  edits: [
    {
      file: "hub/src/licences/need.ts",
      find: "return Math.ceil(carried / factor) - at(seats, type);",
      replace: "return Math.floor(carried / factor) + 1 - at(seats, type);",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/licences/histories.test.ts",
      name: "I-17: the minimum of further seats makes the growth rule true, one fewer of any type does not",
    },
  ],
};
