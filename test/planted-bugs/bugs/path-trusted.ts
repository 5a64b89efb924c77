import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The name of an image is taken from the request as it stands: ../ leads out of the folder.",
  edits: [
    {
      file: "hub/src/http/agents/images.ts",
      find: "const IMAGE = /^\\/([0-9a-f]{64})(\\.chunks)?$/;",
      replace: "const IMAGE = /^\\/([^?]+?)(\\.chunks)?$/;",
    },
    {
      file: "hub/src/http/agents/images.ts",
      find: "    const digest = Digest.parse(hex);",
      replace: "    const digest = hex as Digest;",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/http/agents/images.test.ts",
      name: "pieces and metadata come whole; what is not there has its name",
    },
  ],
};
