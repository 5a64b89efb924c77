import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";

export interface SupervisorOptions {
  readonly root: string;
  /** Runs the service. */
  readonly node: string;
  readonly servicePort: number;
  /** How long the service takes to stop, and the host to boot. */
  readonly stopMs: number;
  readonly bootMs: number;
  readonly wait: (ms: number) => Promise<void>;
}

/** What a host's supervisor says of its service. */
export interface SupervisorState {
  readonly up: boolean;
  readonly boots: number;
  /** How often it started a service again that had ended by itself. */
  readonly restarts: number;
}

/** Keeps one service running, as systemd does: starts it again when it ends by itself, until that has no sense. */
export interface Supervisor {
  state(): SupervisorState;
  pid(): number | null;
  start(): Promise<void>;
  stop(): Promise<void>;
  reboot(): Promise<void>;
  /** The service is gone at once, and is not started again before `boot`. */
  cut(): Promise<void>;
  boot(): Promise<void>;
}

const AGAIN_MS = 200;
/** A service that ends so often before it was stopped once is left alone. */
const MOST_RESTARTS = 5;

export function supervisor(options: SupervisorOptions): Supervisor {
  const { root, node, servicePort, stopMs, bootMs, wait } = options;
  let child: ChildProcess | null = null;
  let isWanted = false;
  let [boots, restarts, inARow] = [1, 0, 0];
  let last: Promise<unknown> = Promise.resolve();

  /** One act after the other, so that no two are ever about the same process. */
  function next(act: () => Promise<void>): Promise<void> {
    const done = last.then(act);
    last = done.catch(() => undefined);
    return done;
  }

  function run(): void {
    if (child) return;
    const own = spawn(node, [join(root, "current", "service.mjs"), String(servicePort), root], {
      stdio: ["pipe", "ignore", "ignore"],
      env: {},
    });
    child = own;
    const ended = () => {
      if (child !== own) return;
      child = null;
      if (isWanted && inARow < MOST_RESTARTS) void again();
    };
    own.once("error", ended);
    own.once("exit", ended);
  }

  async function again(): Promise<void> {
    inARow++;
    await wait(AGAIN_MS);
    if (!isWanted || child) return;
    restarts++;
    run();
  }

  async function end(signal: "SIGTERM" | "SIGKILL", afterMs: number): Promise<void> {
    isWanted = false;
    const own = child;
    if (!own) return;
    await wait(afterMs);
    const gone = new Promise((resolve) => own.once("exit", resolve));
    own.kill(signal);
    if (own.exitCode === null && own.signalCode === null) await gone;
    child = null;
  }

  async function begin(): Promise<void> {
    isWanted = true;
    inARow = 0;
    run();
  }

  async function boot(): Promise<void> {
    await wait(bootMs);
    boots++;
    await begin();
  }

  return {
    state: () => ({ up: child !== null, boots, restarts }),
    pid: () => child?.pid ?? null,
    start: () => next(begin),
    stop: () => next(() => end("SIGTERM", stopMs)),
    reboot: () =>
      next(async () => {
        await end("SIGTERM", stopMs);
        await boot();
      }),
    cut: () => next(() => end("SIGKILL", 0)),
    boot: () => next(boot),
  };
}
