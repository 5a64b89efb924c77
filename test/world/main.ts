import "@fyr/runtime/require-node";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { each, runCampaign } from "./cli/campaign.ts";
import { openCrew, type Outcome } from "./cli/crew.ts";
import { keptWorlds } from "./cli/kept.ts";
import { showProgress } from "./cli/progress.ts";
import { readOptions } from "./cli/read-options.ts";
import { failureText, inThousands, summary } from "./cli/report.ts";
import { Tally } from "./cli/tally.ts";
import { drawOptions, type WorldOptions } from "./options.ts";

interface Flags {
  readonly seeds: number;
  readonly from: number;
  readonly workers: number;
  readonly jobs?: number;
  readonly options?: string;
  readonly judges?: string;
  readonly verbose?: boolean;
  readonly keepGoing?: boolean;
}

function whole(text: string): number {
  const value = Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("not a whole number");
  return value;
}

/** Lines of a trace that are shown, of those that are kept. */
const SHOWN_LINES = 40;

/** The worlds that are asked for, endless when the jobs are counted. */
function* worlds({ seeds, from, jobs }: Flags, tally: Tally): Generator<WorldOptions> {
  for (let seed = from; jobs === undefined ? seed < from + seeds : tally.jobs < jobs; seed++)
    yield drawOptions(seed);
}

async function run(flags: Flags): Promise<boolean> {
  const begunMs = performance.now();
  const one = flags.options === undefined ? null : readOptions(flags.options);
  const isTold = flags.verbose === true;
  const crew = openCrew({
    workers: one || isTold ? 1 : flags.workers,
    isTold,
    ...(flags.judges && { judgesFile: pathToFileURL(flags.judges).href }),
  });
  const [kept, tally] = [new Tally(), new Tally()];
  const progress = showProgress(tally, { seeds: one ? 1 : flags.seeds, ...flags }, process.stderr);
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
  .option("--workers <n>", "processes", whole, availableParallelism())
  .option("--options <json>", "this one world; what is left out is drawn by its seed")
  .option("--judges <file>", "a module that exports more judges, to try them out")
  .option("--verbose", "every line of every trace, from one worker")
  .option("--keep-going", "to the end, whatever goes wrong")
  .action(async () => {
    const isGood = await run(command.opts<Flags>());
    process.exitCode = isGood ? 0 : 1;
  });

await command.parseAsync();
