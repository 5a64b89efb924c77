import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Image metadata counts for ever: whoever holds the hub can hide that an image was withdrawn.",
  edits: [
    {
      file: "certs/src/images/trusted-file.ts",
      find: `  if (signed.isExpired(now)) throw new Fault("METADATA_EXPIRED", { role, expires: signed.expires });`,
      replace: "  void [signed, now, role];",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "certs/src/images/client.test.ts",
      name: "each role's silence is noticed: a freeze ends in a fault",
    },
  ],
};
