import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A device that redirects is followed, with its password, to wherever it says.",
  edits: [
    {
      file: "agent/src/vapix/caller.ts",
      find: "    return await wire.exchange(request);",
      replace: `    const answer = await wire.exchange(request);
    const [elsewhere] = answer.headers["location"] ?? [];
    return elsewhere === undefined ? answer : await wire.exchange({ ...request, url: elsewhere });`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/vapix/camera.test.ts",
      name: "a device that sends us elsewhere is not followed",
    },
  ],
};
