import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The intent of an upload reaches the disk only when the upload is over: an agent that dies in between does not know that it sent anything.",
  edits: [
    {
      file: "agent/src/upgrade/job.ts",
      find: `    this.write({
      runs: [run],
      ...(act !== "backup" &&`,
      replace: `    if (act !== "transfer")
      this.write({
      runs: [run],
      ...(act !== "backup" &&`,
    },
    {
      file: "agent/src/upgrade/steps/sending.ts",
      find: "      beforeLastChunk: () => this.#beforeLastChunk(),",
      replace: "      beforeLastChunk: () => {},",
    },
    {
      file: "agent/src/upgrade/steps/sending.ts",
      find: "      return await camera.upload(this.#image, options, this.#stop.signal);",
      replace: `      const answer = await camera.upload(this.#image, options, this.#stop.signal);
      this.#beforeLastChunk();
      return answer;`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/kill-sweep.test.ts",
      name: "cancelled while the image is sent > ends truly, undisturbed and killed at the points it passes",
    },
    { kind: "seed", seed: 1, invariant: "I2" },
  ],
};
