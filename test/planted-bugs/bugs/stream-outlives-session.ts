import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A live stream goes on although its session has ended.",
  edits: [
    {
      file: "hub/src/live/standing.ts",
      find: "session?.isPassed && !isOver(session, now) ? null : ends.session",
      replace: "session?.isPassed === false ? ends.session : null",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/http/api/live.test.ts",
      name: "on SQLite > a live stream > A-46 B1-S5: ends when its session does, and others go on",
    },
  ],
};
