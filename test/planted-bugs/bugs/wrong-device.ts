import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Whoever answers at the address of a device is taken for it.",
  edits: [
    {
      file: "agent/src/vapix/approach.ts",
      find: `  if (meeting.serial !== target.serial) return "wrongDevice";
`,
      replace: "",
    },
    {
      file: "agent/src/upgrade/precheck.ts",
      find: `  if (reading.serial !== serial) return again("DEVICE_WRONG", { found: reading.serial });
`,
      replace: `  void serial;
`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/vapix/camera.test.ts",
      name: "another serial: no password is sent, no key is pinned",
    },
  ],
};
