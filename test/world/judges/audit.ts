import { CHAIN_START, isTerminal } from "@fyr/protocol";
import type { World } from "../cast.ts";
import type { Judge } from "../witness.ts";
import { taskRows, type TaskRow } from "./tasks.ts";

interface Entry {
  readonly org_id: string;
  readonly seq: number;
  readonly action: string;
  readonly object: string;
  readonly previous: string;
  readonly hash: string;
}

const AUDIT = "select org_id, seq, action, object, previous, hash from audit order by org_id, seq";
const COUNTS = "select upgrade_id, phase, tasks from task_counts";

/** One entry for each change, chained without a gap; and counters equal to a recount. */
export function oneEntryPerChange(world: World): Judge {
  const { stage, hub } = world;
  return {
    name: "X11 I13",
    async over() {
      const entries = hub.peek<Entry>(AUDIT) ?? [];
      const tasks = taskRows(world) ?? [];
      let [org, seq, hash] = ["", 0, ""];
      for (const entry of entries) {
        if (entry.org_id !== org) [org, seq, hash] = [entry.org_id, 0, CHAIN_START];
        if (entry.seq !== ++seq || entry.previous !== hash)
          stage.accuse("X11", `the audit breaks at ${entry.seq}`);
        hash = entry.hash;
      }
      const endings = new Map<string, number>();
      for (const { action, object } of entries) {
        const phase = /^task\.(\w+)$/.exec(action)?.[1];
        if (phase && isEnd(phase)) endings.set(object, (endings.get(object) ?? 0) + 1);
      }
      for (const { id, phase } of tasks) {
        const wanted = isTerminal(phase) ? 1 : 0;
        if ((endings.get(id) ?? 0) !== wanted)
          stage.accuse("X11", `task ${id} is ${phase} and has ${endings.get(id) ?? 0} entries of its end`);
      }
      recount(world, tasks);
    },
  };
}

const isEnd = (phase: string): boolean =>
  ["succeeded", "skipped", "failed", "rolled_back", "cancelled", "expired", "superseded"].includes(phase);

function recount({ stage, hub }: World, tasks: readonly TaskRow[]): void {
  const counted = new Map<string, number>();
  for (const { upgrade_id, phase } of tasks)
    counted.set(`${upgrade_id} ${phase}`, (counted.get(`${upgrade_id} ${phase}`) ?? 0) + 1);
  for (const row of hub.peek<{ upgrade_id: string; phase: string; tasks: number }>(COUNTS) ?? []) {
    const name = `${row.upgrade_id} ${row.phase}`;
    if (row.tasks !== (counted.get(name) ?? 0)) stage.accuse("I13", `${name} is counted ${row.tasks}`);
    counted.delete(name);
  }
  for (const [name, tasksLeft] of counted) stage.accuse("I13", `${name} is ${tasksLeft} and not counted`);
}
