import type { Logger } from "pino";
import type { Clock } from "./clock.ts";

export interface Process {
  /** Registers how to close what was just opened. Last opened, first closed. */
  onClose(name: string, close: () => Promise<void> | void): void;
  /** Aborts when the process is asked to stop. */
  readonly stopping: AbortSignal;
}

export interface ProcessOptions {
  readonly log: Logger;
  readonly clock: Clock;
  /** All closing together may take this long, then the process ends anyway with code 1. */
  readonly graceMs: number;
}

/**
 * Runs `start`, then waits for SIGINT or SIGTERM (or for `finished`, when `start` returns one), closes
 * everything and ends the process. A second signal ends it at once.
 */
export async function runProcess(
  { log, clock, graceMs }: ProcessOptions,
  start: (process: Process) => Promise<{ finished: Promise<unknown> } | void>,
): Promise<void> {
  const closers: { name: string; close: () => Promise<void> | void }[] = [];
  const stop = new AbortController();
  const asked = new Promise<void>((resolve) => {
    const signalled = (signal: string) => {
      if (stop.signal.aborted) process.exit(130);
      log.info({ signal }, "stopping");
      stop.abort();
      resolve();
    };
    process.on("SIGINT", signalled);
    process.on("SIGTERM", signalled);
  });
  const closeAll = async () => {
    const cancel = clock.after(graceMs, () => {
      log.error({ graceMs }, "closing took too long");
      process.exit(1);
    });
    for (const { name, close } of closers.reverse()) {
      await Promise.resolve()
        .then(close)
        .catch((error: unknown) => log.error({ error, closing: name }, "closing failed"));
    }
    cancel();
  };
  try {
    const started = await start({
      onClose: (name, close) => closers.push({ name, close }),
      stopping: stop.signal,
    });
    await Promise.race(started ? [asked, started.finished] : [asked]);
  } finally {
    stop.abort();
    await closeAll();
  }
  process.exit(process.exitCode ?? 0);
}
