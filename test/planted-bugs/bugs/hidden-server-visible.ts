import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The list of servers shows those of folders that were not granted.",
  edits: [
    {
      file: "hub/src/servers/service.ts",
      find: `reachOf(member, "server.read"), wish)`,
      replace: `"everywhere", wish)`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/servers/service.test.ts",
      name: "A-20 A-21: servers are seen in granted folders, elsewhere they do not exist",
    },
  ],
};
