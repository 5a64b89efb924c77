import "@fyr/runtime/require-node";
import { hostname } from "node:os";
import { askSecret, systemClock, systemFiles, systemRandom, uuid7Ids } from "@fyr/runtime";
import { clearWords, createProgram } from "./cli/program.ts";

const program = createProgram({
  clock: systemClock,
  random: systemRandom,
  ids: uuid7Ids(systemClock, systemRandom),
  files: systemFiles,
  env: process.env,
  hostName: hostname(),
  pid: process.pid,
  askSecret: (question) => askSecret(process.stdin, process.stderr, question),
  print: (line) => console.log(line),
});

try {
  await program.parseAsync();
} catch (error) {
  console.error(clearWords(error) ?? error);
  process.exit(1);
}
