import { hostname } from "node:os";
import { createProgram } from "@fyr/agent/testing";
import { systemClock, systemRandom, uuid7Ids } from "@fyr/runtime";
import { filesThatRunFull, probeFrom } from "./self.ts";

/** The agent as it ships, except that it ends itself where the sweep says so. Everything else is the product's own. */
const program = createProgram({
  clock: systemClock,
  random: systemRandom,
  ids: uuid7Ids(systemClock, systemRandom),
  files: filesThatRunFull(process.env),
  env: process.env,
  hostName: hostname(),
  pid: process.pid,
  askSecret: () => Promise.reject(new Error("nobody is here to be asked")),
  print: (line) => console.log(line),
  probe: probeFrom(process.env),
});

await program.parseAsync();
