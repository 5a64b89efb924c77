import { pino, stdTimeFunctions, type DestinationStream, type Logger } from "pino";
import { withoutSecrets } from "./secrets.ts";

export type { Logger };

export interface LogOptions {
  /** The process: `hub`, `agent`, `simulator`. */
  readonly name: string;
  readonly level?: string;
  readonly to?: DestinationStream;
}

/**
 * The root logger of a process, as JSON lines. Each part takes a child:
 * `log.child({ part: "link" })`. An error goes under the name `error`. Secrets are cut here, at
 * the root, from the finished line: whatever a child or a library adds passes through it.
 */
export function createLog({ name, level = "info", to }: LogOptions): Logger {
  const options = {
    name,
    level,
    base: { name },
    timestamp: stdTimeFunctions.isoTime,
    errorKey: "error",
    hooks: { streamWrite: withoutSecrets },
  };
  return to ? pino(options, to) : pino(options);
}

/** Says nothing; for tests and for tools that print their own text. */
export const silentLog: Logger = pino({ level: "silent" });
