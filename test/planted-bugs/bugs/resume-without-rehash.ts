import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "What a former process left of an image is trusted for its length.",
  edits: [
    {
      file: "agent/src/cache/piece-verifier.ts",
      find: "    const good = hashes.matches(start / hashes.pieceBytes, piece.digest());",
      replace: "    const good = true;",
    },
    {
      file: "agent/src/cache/piece-verifier.ts",
      find: `      at === facts.sizeBytes &&
      wholes.sha256.digest("hex") === facts.digest &&
      wholes.sha512.digest("hex") === facts.sha512,`,
      replace: "      at === facts.sizeBytes,",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/cache/image-cache.test.ts",
      name: "what a power cut tore is found by its pieces and fetched again, and nothing else",
    },
  ],
};
