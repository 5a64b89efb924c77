import "@fyr/runtime/require-node";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProcess, silentLog, systemClock, systemFiles, systemRandom, type Process } from "@fyr/runtime";
import { playDemo, type DemoPorts } from "./demo.ts";
import { readOptions, type DemoOptions } from "./options.ts";
import { openScreen, type Output } from "./screen.ts";
import { access, lastLine, summary } from "./summary.ts";

const STOP_WITHIN_MS = 30_000;

const output: Output = {
  isTerminal: process.stdout.isTTY,
  get height() {
    return process.stdout.rows ?? 24;
  },
  line: (text) => console.log(text),
};

/** What the three processes are told of this one's surroundings; their settings come from the demo alone. */
const { PATH = "", HOME = "", TMPDIR, NODE_COMPILE_CACHE = join(tmpdir(), "fyr-compiled") } = process.env;

async function portsOf(options: DemoOptions): Promise<DemoPorts> {
  return {
    clock: systemClock,
    files: systemFiles,
    random: systemRandom,
    screen: await openScreen(options, output),
    // Node strips types by itself, in half the time that a loader takes: a killed agent is back sooner.
    node: { path: process.execPath, args: ["--conditions=source", "--disable-warning=ExperimentalWarning"] },
    root: join(import.meta.dirname, "../../.."),
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...(TMPDIR !== undefined && { TMPDIR }) },
  };
}

async function play(options: DemoOptions, running: Process): Promise<{ finished: Promise<unknown> } | void> {
  const ports = await portsOf(options);
  try {
    const ended = await playDemo(ports, options, running);
    if (ended === "stopped") return;
    const { verdict, memory, folder } = ended;
    process.exitCode = verdict.ok ? 0 : 1;
    if (options.json) output.line(JSON.stringify({ event: "summary", ...access(memory) }));
    else for (const line of summary(verdict, memory, folder)) output.line(line);
    if (!options.once) return ports.screen.say(`Ctrl-C stops it; started again it goes on in ${folder}.`);
    output.line(lastLine(verdict));
  } catch (error) {
    if (running.stopping.aborted) return;
    ports.screen.settle();
    process.exitCode = 1;
    const { message } = error as Error;
    console.error(message);
    if (options.once) output.line(JSON.stringify({ ok: false, error: message }));
  }
  return { finished: Promise.resolve() };
}

const options = readOptions(process.argv.slice(2));
await runProcess({ log: silentLog, clock: systemClock, graceMs: STOP_WITHIN_MS }, (running) =>
  play(options, running),
);
