import "@fyr/runtime/require-node";
import { ConfigError, createLog, runProcess, systemClock, systemFiles } from "@fyr/runtime";
import { program } from "./cli/program.ts";
import { serve, type ServeFlags } from "./cli/serve.ts";
import { serveHost, type ServerFlags } from "./cli/server.ts";

const STOP_WITHIN_MS = 10_000;

// the log goes to stderr: stdout belongs to the line that says what is served
const log = createLog({
  name: "simulator",
  level: "warn",
  to: { write: (line) => process.stderr.write(line) },
});

const run = (flags: ServeFlags) =>
  runProcess({ log, clock: systemClock, graceMs: STOP_WITHIN_MS }, (own) => {
    const print = (line: string) => console.log(line);
    return serve(flags, { clock: systemClock, files: systemFiles, log, print }, own);
  });

const runHost = (flags: ServerFlags) =>
  runProcess({ log, clock: systemClock, graceMs: STOP_WITHIN_MS }, (own) => {
    const print = (line: string) => console.log(line);
    return serveHost(flags, { clock: systemClock, files: systemFiles, print }, own, process.execPath);
  });

try {
  await program(run, runHost).parseAsync();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
