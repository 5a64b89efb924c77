import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The password goes to a device whose key is not the one that was pinned.",
  edits: [
    {
      file: "agent/src/vapix/approach.ts",
      find: `  if (pinned !== null && meeting.key !== pinned) return "keyChanged";
`,
      replace: "",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/vapix/camera.test.ts",
      name: "another key after the first: no password is sent",
    },
  ],
};
