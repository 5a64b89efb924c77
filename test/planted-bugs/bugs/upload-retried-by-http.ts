import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A request that broke is quietly sent once more by the HTTP layer: an image may go out twice on one intent.",
  edits: [
    {
      file: "agent/src/vapix/wire/node-wire.ts",
      find: `      const line = await openLine(clock, request, limit.signal);
      return await converse(clock, line, request, limit.signal).finally(() => line.socket.destroy());`,
      replace: `      const once = async () => {
        const line = await openLine(clock, request, limit.signal);
        return await converse(clock, line, request, limit.signal).finally(() => line.socket.destroy());
      };
      return await once().catch(once);`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/vapix/camera.test.ts",
      name: 'an upload answered with "hangUp" is not sent again',
    },
  ],
};
