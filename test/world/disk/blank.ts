import { openStore } from "@fyr/agent/testing";
import { seededRandom } from "@fyr/runtime";
import { hostDisk } from "./host-disk.ts";

let blank: Buffer | undefined;

/** An agent's database to which nothing was told yet. Made once in a process: its tables take longer than a restart. */
export function blankAgentImage(): Buffer {
  if (blank) return blank;
  const disk = hostDisk({ host: "blank", clock: { wall: () => 0 }, random: seededRandom("blank") });
  openStore(disk.start().store);
  disk.kill();
  return (blank = disk.storeImage());
}
