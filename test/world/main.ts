import "@fyr/runtime/require-node";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { each, runCampaign } from "./cli/campaign.ts";
import { openCrew, type Crew, type Outcome } from "./cli/crew.ts";
import { keep, keptOf, keptWorlds } from "./cli/kept.ts";
import { showProgress } from "./cli/progress.ts";
import { readOptions } from "./cli/read-options.ts";
import { failureText, inThousands, shrunkText, summary } from "./cli/report.ts";
import { shrink, type Failure } from "./cli/shrink.ts";
import { Tally } from "./cli/tally.ts";
import { drawOptions, type WorldOptions } from "./options.ts";

interface Flags {
  readonly seeds: number;
  readonly from: number;
  readonly workers: number;
  readonly fleet?: boolean;
  readonly jobs?: number;
  readonly options?: WorldOptions;
  readonly judges?: string;
  readonly verbose?: boolean;
  readonly keepGoing?: boolean;
  readonly shrink?: boolean;
  readonly keep?: string;
}

function whole(text: string): number {
  const value = Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("not a whole number");
  return value;
}

function typed(text: string): WorldOptions {
  try {
    return readOptions(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** Lines of a trace that are shown, of those that are kept. */
const SHOWN_LINES = 40;
/** Worlds that are run to make one smaller. */
const MOST_RUNS = 400;

/** The worlds that are asked for, endless when the jobs are counted. */
function* worlds({ seeds, from, jobs, fleet }: Flags, tally: Tally): Generator<WorldOptions> {
  for (let seed = from; jobs === undefined ? seed < from + seeds : tally.jobs < jobs; seed++)
    yield drawOptions(seed, fleet ? "fleets" : "seeds");
}

/** Of a world that came so far that a smaller one can be compared with it. */
const isFailure = (outcome: Outcome): outcome is Outcome & Failure => (outcome.wrong?.step ?? 0) > 0;

/** Makes the first failure smaller, unless it is a replay, and keeps it when that is wanted. */
async function treatFirst(first: Failure, crew: Crew, flags: Flags, say: (text: string) => void) {
  let best = first;
  if (flags.shrink ?? flags.options === undefined) {
    say("Shrinking the first of them …\n");
    best = await shrink(first, {
      ...{ width: crew.size, mostRuns: MOST_RUNS },
      tryWorld: async (options) => [await crew.run(options)].find(isFailure) ?? null,
    });
    say(shrunkText(first, best));
  }
  if (flags.keep !== undefined) await keep(keptOf(best, flags.keep));
}

async function run(flags: Flags): Promise<boolean> {
  const begunMs = performance.now();
  const { options: one } = flags;
  const isTold = flags.verbose === true;
  const crew = openCrew({
    workers: one || isTold ? 1 : flags.workers,
    isTold,
    ...(flags.judges && { judgesFile: pathToFileURL(flags.judges).href }),
  });
  const [kept, tally] = [new Tally(), new Tally()];
  const progress = showProgress(tally, one ? { seeds: 1 } : flags, process.stderr);
  const failures: Promise<void>[] = [];
  const onOutcome = (outcome: Outcome) => {
    if (!outcome.wrong) return;
    const told = failureText(outcome, isTold ? 0 : SHOWN_LINES).then(progress.say);
    failures.push(told);
  };
  const isStubborn = flags.keepGoing === true;
  try {
    if (!one) {
      const first = (await keptWorlds()).map(({ options }) => options);
      await runCampaign({ crew, tally: kept, next: each(first), isStubborn, onOutcome });
      if (first.length > 0) progress.say(`${inThousands(kept.worlds)} kept worlds, ${kept.failed} wrong\n`);
    }
    if (kept.failed === 0 || isStubborn)
      await runCampaign({
        crew,
        tally,
        next: each(one ? [one] : worlds(flags, tally)),
        isStubborn,
        onOutcome,
      });
    await Promise.all(failures);
    const [first] = [...kept.failures, ...tally.failures].filter(isFailure);
    if (first) await treatFirst(first, crew, flags, progress.say);
  } finally {
    progress.end();
    await crew.close();
  }
  process.stdout.write(summary(tally, performance.now() - begunMs));
  return kept.failed + tally.failed === 0 && !tally.lacksSomething();
}

const command = new Command("world")
  .description(
    "Runs whole worlds under a virtual clock: hub, agents, devices, people, and everything that goes wrong.",
  )
  .option("--seeds <n>", "how many", whole, 100)
  .option("--from <seed>", "the first", whole, 1)
  .option("--jobs <n>", "as many seeds as it takes to come to so many upgrades of single devices", whole)
  .option("--fleet", "larger worlds with shorter storms, in which jobs cost less")
  .option("--workers <n>", "processes", whole, availableParallelism())
  .option("--options <json>", "this one world; what is left out is drawn by its seed", typed)
  .option("--judges <file>", "a module that exports more judges, to try them out")
  .option("--verbose", "every line of every trace, from one worker")
  .option("--shrink", "make the first failure smaller, in a replay too")
  .option("--no-shrink", "leave it as it is")
  .option("--keep <cause>", "add the first failure to the worlds that are always run first")
  .option("--keep-going", "to the end, whatever goes wrong")
  .action(async () => {
    const isGood = await run(command.opts<Flags>());
    process.exitCode = isGood ? 0 : 1;
  });

await command.parseAsync();
