import "@fyr/runtime/require-node";
import { systemClock, systemFiles, systemRandom, uuid7Ids } from "@fyr/runtime";
import { clearWords, createProgram } from "./cli/program.ts";

const program = createProgram({
  clock: systemClock,
  random: systemRandom,
  ids: uuid7Ids(systemClock, systemRandom),
  files: systemFiles,
  env: process.env,
  turn: () => new Promise((resolve) => setImmediate(resolve)),
  print: (line) => console.log(line),
});

try {
  await program.parseAsync();
} catch (error) {
  console.error(clearWords(error) ?? error);
  process.exit(1);
}
