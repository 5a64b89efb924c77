import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A server that installs for longer than its budget is shown as offline, as if something had gone wrong.",
  edits: [
    {
      file: "hub/src/servers/state.ts",
      find: `  if (since !== null) {`,
      replace: `  if (since !== null && now - since < INSTALL.askPersonMs) {`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/servers/state.test.ts",
      name: "R-081 I7: whenever the hub looks, a server that installs is neither offline nor failed before its budget is over",
    },
  ],
};
