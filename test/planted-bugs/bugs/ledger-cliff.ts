import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Who pays after the grace is not credited its days but all since the year began.",
  edits: [
    {
      file: "hub/src/licences/compensation.ts",
      find: "return daysWithin(year.start, graceTo) +",
      replace: "return (graceTo < on ? 0 : daysWithin(year.start, graceTo)) +",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/licences/rules.test.ts",
      name: "I-7: waiting never pays: a seat's cost falls by at most a day a day and never rises, in every year",
    },
  ],
};
