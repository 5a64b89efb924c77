import { isTerminal, nextPhase, TASK, TASK_PHASES, type TaskEvent, type TaskPhase } from "@fyr/protocol";
import type { World } from "../cast.ts";
import type { Judge } from "../witness.ts";

export interface TaskRow {
  readonly org_id: string;
  readonly id: string;
  readonly upgrade_id: string;
  readonly agent_id: string;
  readonly serial: string;
  readonly phase: TaskPhase;
  readonly epoch: number;
  readonly lease_until: number | null;
  readonly to_version: string;
  readonly acked_seq: number;
  readonly holds: string;
  readonly outcome_code: string | null;
}

const TASKS = `select org_id, id, upgrade_id, agent_id, serial, phase, epoch, lease_until, to_version, acked_seq, holds, outcome_code
  from tasks`;

/** The tasks as they are committed; null while there is no hub. */
export const taskRows = ({ hub }: World): readonly TaskRow[] | null => hub.peek<TaskRow>(TASKS);

/** The phases that can follow a phase, in one transaction of any length. */
const FOLLOWING = new Map(
  TASK_PHASES.map((phase) => {
    const reached = new Set<TaskPhase>([phase]);
    for (const one of reached) {
      for (const event of Object.keys(TASK[one]) as TaskEvent[]) reached.add(nextPhase(one, event) ?? one);
    }
    return [phase, reached] as const;
  }),
);

/** Tasks move along the drawn edges only, their epoch never falls, and what has ended stays as it ended. */
export function drawnEdges(world: World): Judge {
  const { stage } = world;
  const known = new Map<string, TaskRow>();
  let isStale = false;
  const look = () => {
    isStale = false;
    for (const row of taskRows(world) ?? []) {
      const before = known.get(row.id);
      known.set(row.id, row);
      if (!before) continue;
      const moved = `task ${row.id.slice(-6)} went from ${before.phase} ${before.epoch} to ${row.phase} ${row.epoch}`;
      if (isTerminal(before.phase) && before.phase !== row.phase) stage.accuse("I7", moved);
      if (!FOLLOWING.get(before.phase)?.has(row.phase)) stage.accuse("X13", moved);
      if (row.epoch < before.epoch) stage.accuse("X3", moved);
      if (row.acked_seq < before.acked_seq && row.epoch === before.epoch)
        stage.accuse("X3", `${moved} and forgot events`);
      if (before.phase !== row.phase) noteMove(stage, before, row);
    }
  };
  return {
    name: "I7 X13",
    hubCommitted: () => void (isStale = true),
    hubStarted: () => void (isStale = true),
    step: () => void (isStale && look()),
  };
}

function noteMove(stage: World["stage"], before: TaskRow, row: TaskRow): void {
  stage.trace.say("task", `${row.serial} ${row.phase} ${row.epoch} ${row.outcome_code ?? ""}`);
  stage.saw(`task ${row.phase}`);
  if (before.phase === "leased" && row.phase === "ready") stage.saw("a lease ran out");
  if (row.phase === "reconciling") stage.saw("an outcome was in doubt");
  if (before.phase === "running" && row.phase === "reconciling" && row.lease_until === null)
    stage.saw("a lease ran out while a device was changed");
}

/** The hub says `succeeded` only of what is, or was after the order, true at the device. */
export function trueSuccess(world: World): Judge {
  const { stage } = world;
  /** What devices ever ran committed, by the serial that they showed then, and version. */
  const ran = new Set<string>();
  const judged = new Set<string>();
  const look = (site: World["agents"][number]["site"], serial: string) => {
    const { active, committed } = site.truth(serial);
    if (committed) ran.add(`${site.device(serial).identity().serial} ${active}`);
  };
  /** Before 7.40 a device has nothing but its word: one that lies is believed. */
  const liars = new Set<string>();
  let isStale = false;
  return {
    name: "X16 I12",
    deviceChanged({ site }, serial) {
      look(site, serial);
      const { faults, generation } = site.truth(serial);
      if (generation === "5.51" && faults.some(({ spec }) => spec.kind === "tells-new-version"))
        liars.add(serial);
    },
    hubCommitted: () => void (isStale = true),
    step() {
      if (!isStale) return;
      isStale = false;
      for (const { id, phase, serial, to_version } of taskRows(world) ?? []) {
        if (phase !== "succeeded" || judged.has(id)) continue;
        judged.add(id);
        if (!ran.has(`${serial} ${to_version}`) && !liars.has(serial))
          stage.accuse("X16", `${serial} is said to run ${to_version}, which it never did`);
      }
    },
  };
}
