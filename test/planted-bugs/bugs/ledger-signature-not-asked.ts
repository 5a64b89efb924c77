import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A file is taken for the form that it has, whoever signed it.",
  edits: [
    {
      file: "hub/src/licences/signed-file.ts",
      find: "if (!canonical || !verify(null, statement(format, payload), key, bytes)) throw",
      replace: "if (!canonical && !verify(null, statement(format, payload), key, bytes)) throw",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/licences/files.test.ts",
      name: "I-21: a flipped bit anywhere in either file fails verification",
    },
  ],
};
