import "@fyr/runtime/require-node";
import { askSecret, systemClock, systemFiles, systemRandom } from "@fyr/runtime";
import { createProgram } from "./cli/program.ts";
import { clearWords } from "./cli/wrong-use.ts";

const program = createProgram({
  clock: systemClock,
  random: systemRandom,
  files: systemFiles,
  askSecret: (question) => askSecret(process.stdin, process.stderr, question),
  print: (line) => console.log(line),
});

try {
  await program.parseAsync();
} catch (error) {
  console.error(clearWords(error) ?? error);
  process.exit(1);
}
