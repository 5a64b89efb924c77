import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A command that comes again under its key is done again.",
  edits: [
    {
      file: "hub/src/licences/command.ts",
      find: "const under = key === undefined ? null : `${actor} ${key}`;",
      replace: "const under = key === undefined ? null : `${actor} ${key} ${parts.ports.ids.next()}`;",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "race", invariant: "I-12" }],
};
