import { Command, InvalidArgumentError } from "commander";

/** What the demo is asked for on its command line. */
export interface DemoOptions {
  /** End when all is upgraded, with one JSON line, instead of staying open. */
  readonly once: boolean;
  /** Events as JSON lines instead of text. */
  readonly json: boolean;
  /** What is left out is as it was in the folder, or as usual in a new one. */
  readonly devices?: number;
  readonly seed?: string;
  /** Divides flash and boot times; 1 is life-like. */
  readonly speed?: number;
  /** Where hub, agent and site keep what they know; a fresh temporary folder with `once`. */
  readonly data?: string;
  /** Of the hub's API. */
  readonly port?: number;
  /** SIGKILL to that process after each of these times. */
  readonly killAgentEvery?: number;
  readonly killHubEvery?: number;
  readonly mqtt: boolean;
}

function whole(low: number, high: number) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`expected a whole number from ${low} to ${high}`);
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("expected a number above 0");
}

/** A new demo: its whole takes about a minute. */
export const USUAL = { devices: 12, seed: "1", speed: 12 } as const;

/** Reads the command line; a wrong one ends the process with commander's own line. */
export function readOptions(args: readonly string[]): DemoOptions {
  const command = new Command("demo")
    .description("A hub, a simulated site and a real agent: every device is upgraded before your eyes.")
    .option("--once", "end when all devices are upgraded, with one JSON line", false)
    .option("--json", "print events as JSON lines", false)
    .option("--devices <number>", "devices of the site", whole(1, 2_000))
    .option("--seed <text>", "which site is imitated")
    .option("--speed <factor>", "how much faster than life devices flash and boot", positive)
    .option("--data <folder>", "where everything is kept; go on there when started again")
    .option("--port <number>", "port of the hub's API", whole(1, 65_535))
    .option("--kill-agent-every <ms>", "kill the agent again and again", whole(200, 3_600_000))
    .option("--kill-hub-every <ms>", "kill the hub again and again", whole(200, 3_600_000))
    .option("--no-mqtt", "do without the doorbell");
  return command.parse([...args], { from: "user" }).opts<DemoOptions>();
}
