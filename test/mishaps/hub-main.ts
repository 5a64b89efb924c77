import { clearWords, createProgram } from "@fyr/hub/testing";
import { systemFiles, systemRandom, uuid7Ids } from "@fyr/runtime";
import { clockThatIsSet } from "./surroundings.ts";

/** The hub as it ships, except for a clock that can be set. */
const clock = clockThatIsSet(process.env);
const program = createProgram({
  clock,
  random: systemRandom,
  ids: uuid7Ids(clock, systemRandom),
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
