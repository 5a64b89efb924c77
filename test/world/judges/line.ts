import type { World } from "../cast.ts";
import type { Judge } from "../witness.ts";

const MOST = 1.05;

/** An image crosses the line to a site once; each thing that goes wrong may cost one more time at most. */
export function oncePerSite({ stage, library }: World): Judge {
  const sent = new Map<string, number>();
  return {
    name: "I10",
    fetched: (agentId, path, bytes) =>
      void sent.set(`${agentId} ${path}`, (sent.get(`${agentId} ${path}`) ?? 0) + bytes),
    async over() {
      const mishaps = [...stage.counts.faults.values()].reduce((sum, count) => sum + count, 0);
      for (const [where, bytes] of sent) {
        const { sizeBytes = 0 } = library.facts.find(({ digest }) => where.endsWith(digest)) ?? {};
        if (bytes > sizeBytes * MOST * (1 + mishaps))
          stage.accuse("I10", `${bytes} bytes of an image of ${sizeBytes} went to ${where}`);
      }
    },
  };
}
