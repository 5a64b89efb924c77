import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Probe } from "@fyr/agent";
import { systemFiles, type Files } from "@fyr/runtime";

/**
 * What the agent of the sweep is told by its surroundings: `SWEEP_FOLDER` where marks are kept over its lives,
 * `SWEEP_KILL` at which points it ends itself, each once, and `SWEEP_HOLD` at which it stands still until it is told
 * to go on, each once. Points are parted by spaces.
 */
export type Surroundings = Readonly<Record<string, string | undefined>>;

/** Where a process wrote down, durably, that it was about to end itself. */
export const killsPath = (folder: string): string => join(folder, "kills");
/** Exists once the process that stands at `point` may go on. */
export const goPath = (folder: string, point: string): string =>
  join(folder, `go-${point.replaceAll("/", "-")}`);
/** While it exists, the disk has no free byte for images. */
export const fullPath = (folder: string): string => join(folder, "full");

const wordsOf = (text: string | undefined): ReadonlySet<string> => new Set(text?.split(" "));

const LOOK_EVERY_MS = 5;
const clockless = new Int32Array(new SharedArrayBuffer(4));
/** Stops the whole process: neither timers nor sockets go on meanwhile. */
const stand = (): unknown => Atomics.wait(clockless, 0, 0, LOOK_EVERY_MS);

export function probeFrom({ SWEEP_FOLDER: folder, SWEEP_KILL, SWEEP_HOLD }: Surroundings): Probe {
  if (folder === undefined) throw new Error("SWEEP_FOLDER is missing");
  const kills = wordsOf(SWEEP_KILL);
  const holds = wordsOf(SWEEP_HOLD);
  return {
    at(point) {
      if (holds.has(point)) hold(folder, point);
      if (kills.has(point)) killSelf(folder, point);
    },
  };
}

function hold(folder: string, point: string): void {
  const go = goPath(folder, point);
  if (existsSync(go)) return;
  writeSync(1, `${JSON.stringify({ held: point })}\n`);
  while (!existsSync(go)) stand();
}

/** Marks first, so that a kill is proved even if nobody saw the process end. */
function killSelf(folder: string, point: string): void {
  const path = killsPath(folder);
  if (killsIn(folder).includes(point)) return;
  const file = openSync(path, "a");
  appendFileSync(file, `${point}\n`);
  fsyncSync(file);
  closeSync(file);
  process.kill(process.pid, "SIGKILL");
  for (;;) stand(); // nothing of the product runs after this line
}

/** The points at which it has ended itself, in order. */
export function killsIn(folder: string): string[] {
  const path = killsPath(folder);
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

export function filesThatRunFull({ SWEEP_FOLDER: folder = "" }: Surroundings): Files {
  return {
    ...systemFiles,
    freeBytes: async (path) => (existsSync(fullPath(folder)) ? 0 : systemFiles.freeBytes(path)),
  };
}
