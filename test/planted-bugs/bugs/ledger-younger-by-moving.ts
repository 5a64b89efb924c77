import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A lot gets a new expiry date when it changes hands.",
  edits: [
    {
      file: "hub/src/licences/take.ts",
      find: "id: desk.nextId(), parent: lot.id }",
      replace:
        'id: desk.nextId(), parent: lot.id, expiresOn: lot.expiresOn.replace(/^20/, "21") as typeof lot.expiresOn }',
    },
  ],
  caughtBy: [{ kind: "ledger", in: "histories", invariant: "I-9" }],
};
