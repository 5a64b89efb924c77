import { pino, stdTimeFunctions, type DestinationStream, type Logger } from "pino";

export type { Logger };

/** Field names whose values never reach a log line, at any of the depths that our records have. */
const SECRET_FIELDS = [
  "password",
  "pwd",
  "token",
  "code",
  "secret",
  "authorization",
  "cookie",
  "privateKey",
  "key",
  "seed",
] as const;

const paths = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

export interface LogOptions {
  /** The process: `hub`, `agent`, `simulator`. */
  readonly name: string;
  readonly level?: string;
  readonly to?: DestinationStream;
}

/**
 * The root logger of a process, as JSON lines. Each part takes a child:
 * `log.child({ part: "link" })`. Secrets are cut here, at the root.
 */
export function createLog({ name, level = "info", to }: LogOptions): Logger {
  const options = {
    name,
    level,
    base: { name },
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths, censor: "[secret]" },
  };
  return to ? pino(options, to) : pino(options);
}

/** Says nothing; for tests and for tools that print their own text. */
export const silentLog: Logger = pino({ level: "silent" });
