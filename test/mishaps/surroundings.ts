import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Probe } from "@fyr/agent";
import { openHubWire, type OpenHubWire } from "@fyr/agent/testing";
import { seededRandom, systemClock, type Clock } from "@fyr/runtime";
import { unreliableWire, type CapturedRequest, type WireFaults } from "./unreliable-wire.ts";

/**
 * What a process of these tests is told by its surroundings: `MISHAP_FOLDER`, where it finds how its clock is set and
 * leaves what it captured, `MISHAP_WIRE` with the faults of its wire as JSON and their seed, `MISHAP_IDLE_MS` for how
 * long it bears silence, and `MISHAP_HOLD` with the
 * point at which it stands still until it is told to go on.
 */
export type Surroundings = Readonly<Record<string, string | undefined>>;

const clockPath = (folder: string): string => join(folder, "clock");
const goPath = (folder: string): string => join(folder, "go");
const capturedPath = (folder: string): string => join(folder, "captured");

function folderOf({ MISHAP_FOLDER: folder }: Surroundings): string {
  if (folder === undefined) throw new Error("MISHAP_FOLDER is missing");
  return folder;
}

/** One line of JSON for whoever started this process; written before anything else can happen. */
const say = (fields: Readonly<Record<string, unknown>>): unknown =>
  writeSync(1, `${JSON.stringify(fields)}\n`);

/**
 * The host's clock, except that somebody sets it: wall time jumps, monotonic time and timers do not notice. With
 * `MISHAP_HURRY` these two run so many times as fast, for waits that nobody speeds up.
 */
export function clockThatIsSet(surroundings: Surroundings): Clock {
  const path = clockPath(folderOf(surroundings));
  const offsetMs = () => (existsSync(path) ? Number(readFileSync(path, "utf8")) : 0);
  const hurry = Number(surroundings["MISHAP_HURRY"] ?? 1);
  return {
    wall: () => systemClock.wall() + offsetMs(),
    mono: () => systemClock.mono() * hurry,
    after: (delayMs, act) => systemClock.after(delayMs / hurry, act),
  };
}

/** Sets the clock of the processes that live in `folder`, also of those that run. */
export function setClock(folder: string, offsetMs: number): void {
  const path = clockPath(folder);
  writeFileSync(`${path}.next`, String(offsetMs));
  renameSync(`${path}.next`, path);
}

/** Faults of a wire, drawn from one seed. */
export interface WireSetting extends WireFaults {
  readonly seed: string;
}

/** The agent's real wire, with the faults that `MISHAP_WIRE` names; it says each one that it made. */
export function wireFrom(surroundings: Surroundings): OpenHubWire {
  const { MISHAP_WIRE: setting, MISHAP_IDLE_MS: idleMs } = surroundings;
  if (idleMs !== undefined) return impatientWire(Number(idleMs));
  if (setting === undefined) return openHubWire;
  const { seed, ...faults } = JSON.parse(setting) as WireSetting;
  const path = capturedPath(folderOf(surroundings));
  return unreliableWire(openHubWire, faults, {
    clock: systemClock,
    random: seededRandom(seed),
    onFault: (wireFault) => void say({ wireFault }),
    onCapture: (request) => appendFileSync(path, `${JSON.stringify(request)}\n`),
  });
}

/** The real wire, which bears silence for a shorter time. */
const impatientWire =
  (idleMs: number): OpenHubWire =>
  (address) => {
    const wire = openHubWire(address);
    return { ...wire, exchange: (request) => wire.exchange({ ...request, idleMs }) };
  };

/** Every request that an agent of `folder` sent, in order. */
export const capturedIn = (folder: string): CapturedRequest[] =>
  readFileSync(capturedPath(folder), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as CapturedRequest);

const LOOK_EVERY_MS = 5;
const clockless = new Int32Array(new SharedArrayBuffer(4));

/** Says each point that the agent comes to, and stands still at one of them: neither timers nor sockets go on. */
export function probeFrom(surroundings: Surroundings): Probe {
  const go = goPath(folderOf(surroundings));
  return {
    at(point) {
      say({ point });
      if (point !== surroundings["MISHAP_HOLD"]) return;
      while (!existsSync(go)) Atomics.wait(clockless, 0, 0, LOOK_EVERY_MS);
    },
  };
}

/** Lets the agent that stands still go on, now and whenever it comes to that point again. */
export const letGo = (folder: string): void => writeFileSync(goPath(folder), "");
