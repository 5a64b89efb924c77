import { hostname } from "node:os";
import { clearWords, createProgram } from "@fyr/agent/testing";
import { systemFiles, systemRandom, uuid7Ids } from "@fyr/runtime";
import { clockThatIsSet, probeFrom, wireFrom } from "./surroundings.ts";

/** The agent as it ships, except for a clock that can be set, a wire that can be bad, and that it says how far it is. */
const clock = clockThatIsSet(process.env);
const program = createProgram({
  clock,
  random: systemRandom,
  ids: uuid7Ids(clock, systemRandom),
  files: systemFiles,
  env: process.env,
  hostName: hostname(),
  pid: process.pid,
  askSecret: () => Promise.reject(new Error("nobody is here to be asked")),
  print: (line) => console.log(line),
  probe: probeFrom(process.env),
  openWire: wireFrom(process.env),
});

try {
  await program.parseAsync();
} catch (error) {
  console.error(clearWords(error) ?? error);
  process.exit(1);
}
