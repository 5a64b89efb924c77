import { isTerminal } from "@fyr/protocol";
import { openWorld, type World } from "./cast.ts";
import { Killed } from "./core/life.ts";
import type { Accusation } from "./core/stage.ts";
import { ProcessDied } from "./disk/index.ts";
import { JUDGES } from "./judges/index.ts";
import { taskRows, type TaskRow } from "./judges/tasks.ts";
import type { WorldOptions } from "./options.ts";
import { people, type People } from "./people.ts";
import { brew, heal } from "./storm.ts";
import type { Judge } from "./witness.ts";

/** How one world went. */
export interface Verdict {
  readonly options: WorldOptions;
  /** The first thing that was wrong; null when nothing was. */
  readonly wrong: Accusation | null;
  readonly hash: string;
  readonly steps: number;
  readonly virtualMs: number;
  /** Upgrades of single devices. */
  readonly jobs: number;
  /** Images that were sent to devices, or begun to be. */
  readonly uploads: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly seen: ReadonlyMap<string, number>;
  readonly lastLines: readonly string[];
}

const MINUTE = 60_000;
/** After the storm, what can end by itself has to end within this time. */
const CALM_MS = 120 * MINUTE;
/** And what was taken back, within this. */
const TIDY_MS = 30 * MINUTE;

/**
 * Runs one world to its end: a storm of faults, in which nothing wrong may happen, and the calm after it, in which
 * everything must end well (security.md 4.4). The same options give the same trace, to the last line.
 *
 * @param moreJudges beside those of every world
 */
export async function runWorld(
  options: WorldOptions,
  onLine?: (line: string) => void,
  moreJudges: readonly ((world: World) => Judge)[] = [],
): Promise<Verdict> {
  const undo = listen();
  const world = await openWorld(options, onLine);
  const { stage, witness } = world;
  undo.to = (error) => stage.accuse("X0", error);
  try {
    for (const judge of [...JUDGES, ...moreJudges]) witness.appoint(judge(world));
    const operators = people(world);
    operators.begin();
    brew(world, operators);
    await storm(world);
    if (stage.accusations.length === 0) await calm(world, operators);
    if (stage.accusations.length === 0) await witness.tell.over();
    return verdictOf(world);
  } finally {
    undo.stop();
    await close(world);
  }
}

function verdictOf(world: World): Verdict {
  const { options, time, trace, counts, accusations } = world.stage;
  return {
    options,
    wrong: accusations[0] ?? null,
    hash: trace.hash(),
    steps: time.steps(),
    virtualMs: Math.round(time.now()),
    jobs: jobsOf(world),
    uploads: uploadsOf(world),
    ...counts,
    lastLines: trace.last(),
  };
}

/** Whatever a process of the world lets slip is an accusation, but for what its own end threw into it. */
function listen() {
  const heard = {
    to: (_: string): void => {},
    stop: () => void process.off("unhandledRejection", hear),
  };
  const hear = (error: unknown) => {
    if (error instanceof Killed || error instanceof ProcessDied) return;
    heard.to(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  process.on("unhandledRejection", hear);
  return heard;
}

/** A world that is there for one thing has seen enough soon after it. */
async function storm(world: World): Promise<void> {
  const { options, counts } = world.stage;
  const { focus, stormMinutes } = options;
  await live(world, stormMinutes * MINUTE, () => focus !== undefined && counts.seen.has(focus));
  if (focus !== undefined) await live(world, MINUTE);
}

/** Lets so much time pass, judged after every step, until something is wrong or `isOver`. */
async function live(
  { stage, witness }: World,
  ms: number,
  isOver: () => boolean = () => false,
): Promise<void> {
  const { time, accusations } = stage;
  const untilMs = time.now() + ms;
  while (time.now() < untilMs && accusations.length === 0 && !isOver()) {
    if (!(await time.step())) return;
    witness.tell.step();
  }
}

async function calm(world: World, operators: People): Promise<void> {
  const { stage } = world;
  heal(world);
  await live(world, CALM_MS, () => isQuiet(world, operators));
  if (stage.accusations.length > 0 || isQuiet(world, operators)) return;
  for (const row of openRows(world)) if (!isNamedWait(world, row)) accuseStuck(world, row, "just waits");
  stage.trace.say("world", "tidied");
  operators.tidyUp();
  await live(world, TIDY_MS, () => isQuiet(world, operators));
  for (const row of openRows(world)) {
    if (!isOfRevoked(world, row)) accuseStuck(world, row, "does not end");
  }
}

const accuseStuck = ({ stage }: World, row: TaskRow, how: string) =>
  stage.accuse(
    "X12 I8",
    `task of ${row.serial} ${how}: ${row.phase} ${row.epoch} ${row.holds} ${row.outcome_code ?? ""}`,
  );

const openRows = (world: World): TaskRow[] =>
  (taskRows(world) ?? []).filter(({ phase }) => !isTerminal(phase));

const isOfRevoked = ({ agents }: World, { agent_id }: TaskRow): boolean =>
  agents.some(({ host, revoked }) => revoked && host.agentId === agent_id);

/** Each wait has a name, an owner and a time (upgrades.md, P9): what is held, says so; what is not, is woken. */
const isNamedWait = (world: World, row: TaskRow): boolean =>
  isOfRevoked(world, row) || (row.holds !== "[]" && (row.phase === "pending" || row.phase === "reconciling"));

/** Every task has ended, every journal is told, nobody waits for an answer. */
function isQuiet(world: World, operators: People): boolean {
  if (!operators.areIdle() || openRows(world).some((row) => !isOfRevoked(world, row))) return false;
  return world.agents.every(
    ({ host, revoked }) => revoked || host.running()?.agent.jobs.standings().length === 0,
  );
}

const uploadsOf = ({ agents }: World): number =>
  agents.flatMap(({ site }) => site.truth()).reduce((sum, { uploads }) => sum + uploads.length, 0);

const jobsOf = (world: World): number => taskRows(world)?.length ?? 0;

async function close({ hub, agents }: World): Promise<void> {
  for (const { host, site } of agents) {
    host.stop("kill");
    await site.stop();
  }
  hub.stop("kill");
}
