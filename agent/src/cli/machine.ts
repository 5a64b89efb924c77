import type { Clock, Files, Ids, Random } from "@fyr/runtime";
import type { OpenHubWire } from "../link/wire.ts";
import type { Probe } from "../ports.ts";

/** The real things of an agent process; `main.ts` alone makes them. */
export interface Machine {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly files: Files;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostName: string;
  /** Of this process, for whoever finds the folder taken. */
  readonly pid: number;
  /** How this program is started once more: a helper is this program too. Only a test brings another. */
  readonly self?: { readonly program: string; readonly args: readonly string[] };
  /** Asks whoever called the command for a secret, without showing it. */
  askSecret(question: string): Promise<string>;
  /** A line for whoever called the command. */
  print(line: string): void;
  /** Only a test brings one. */
  readonly probe?: Probe;
  /** Only a test brings another than node:https over mutual TLS. */
  readonly openWire?: OpenHubWire;
}
