import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The image is believed to be on the disk as it was verified: bytes that flipped since go to the device.",
  edits: [
    {
      file: "agent/src/cache/image-body.ts",
      find: `  if (hash.digest("hex") !== image.digest) throw corrupt(image.digest);
  for await`,
      replace: "  for await",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/cache/image-cache.test.ts",
      name: "an image flipped on the disk at byte 0 never gives its last bytes, and is fetched again",
    },
  ],
};
