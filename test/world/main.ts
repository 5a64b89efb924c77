import "@fyr/runtime/require-node";
import { drawOptions, optionsLine } from "./options.ts";
import { runWorld } from "./run.ts";

const [seeds = 10, from = 1] = process.argv.slice(2).map(Number);
let jobs = 0;
for (let seed = from; seed < from + seeds; seed++) {
  const { wrong, lastLines, options, jobs: more } = await runWorld(drawOptions(seed));
  jobs += more;
  if (!wrong) continue;
  console.log(
    [...lastLines, optionsLine(options), `seed ${seed}: ${wrong.invariant}, ${wrong.what}`].join("\n"),
  );
  process.exitCode = 1;
}
console.log(`${seeds} seeds, ${jobs} jobs`);
