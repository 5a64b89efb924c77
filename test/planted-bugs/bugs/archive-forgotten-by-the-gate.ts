import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The gate lets members into an archived organisation.",
  edits: [
    {
      file: "hub/src/http/api/gate.ts",
      find: `  if (archivedAt !== null) throw new Fault("ORG_ARCHIVED", { orgId: orgId.data, archivedAt });
`,
      replace: "",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/http/api/archived.test.ts",
      name: "A-27 A-49: every route of an archived organisation answers 410 to its members, and 404 to others",
    },
  ],
};
