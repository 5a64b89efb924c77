import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A client that repeats its request because the answer was lost orders every upgrade twice.",
  edits: [
    {
      file: "hub/src/idempotency/once.ts",
      find: "  if (kept === null) {",
      replace: "  if (kept === null || kept !== null) {",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/http/api/api.test.ts",
      name: "the same key with the same body is the same upgrade; with another it is refused",
    },
  ],
};
