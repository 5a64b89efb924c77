import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { WorldOptions } from "../options.ts";
import type { Verdict } from "../run.ts";
import { unfinished } from "../sealed.ts";
import type { Order } from "./worker.ts";

/** How a world went, and what it cost. */
export interface Outcome extends Verdict {
  readonly cpuMs: number;
  /** What the process holds that ran it. */
  readonly residentBytes: number;
}

/** Processes that run worlds, one each at a time. */
export interface Crew {
  readonly size: number;
  run(options: WorldOptions): Promise<Outcome>;
  close(): Promise<void>;
}

export interface CrewOptions {
  readonly workers: number;
  /** Every line of every trace goes to standard output. */
  readonly isTold?: boolean;
  /** A module with more judges (`Judging`), as an address that `import` understands. */
  readonly judgesFile?: string;
}

/** A world that runs for longer has come to a loop without time in it. */
const ENDLESS_MS = 240_000;
/** A worker that has come to hold so much is followed by a fresh one: whatever worlds leave behind goes with it. */
const MOST_BYTES = 1024 ** 3;

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));
const NODE_ARGS = ["--conditions=source", "--import", "tsx", "--max-semi-space-size=64"];

export function openCrew({ workers, isTold = false, judgesFile }: CrewOptions): Crew {
  const idle: Worker[] = Array.from({ length: workers }, () => newWorker(judgesFile));
  const waiting: ((worker: Worker) => void)[] = [];
  const all = new Set(idle);

  const free = (): Promise<Worker> | Worker =>
    idle.pop() ?? new Promise((resolve) => void waiting.push(resolve));

  function back(worker: Worker): void {
    const next = waiting.shift();
    if (next) next(worker);
    else idle.push(worker);
  }

  return {
    size: workers,
    async run(options) {
      const worker = await free();
      try {
        return await worker.run({ options, isTold });
      } finally {
        back(worker);
      }
    },
    close: async () => void (await Promise.all([...all].map((worker) => worker.end()))),
  };
}

interface Worker {
  run(order: Order): Promise<Outcome>;
  end(): Promise<void>;
}

function newWorker(judgesFile: string | undefined): Worker {
  let child: ChildProcess | null = null;
  let heldBytes = 0;

  async function start(): Promise<ChildProcess> {
    const begun = fork(WORKER, judgesFile ? [judgesFile] : [], {
      execArgv: NODE_ARGS,
      serialization: "advanced",
    });
    await Promise.race([once(begun, "message"), once(begun, "exit").then(() => broken("at its start"))]);
    heldBytes = 0;
    return begun;
  }

  async function end(): Promise<void> {
    const last = child;
    child = null;
    if (!last || last.exitCode !== null || last.signalCode !== null) return;
    last.disconnect();
    await once(last, "exit");
  }

  return {
    end,
    async run(order) {
      if (heldBytes > MOST_BYTES) await end();
      child ??= await start();
      const outcome = await ask(child, order);
      heldBytes = outcome.residentBytes;
      if (!child.connected) child = null;
      return outcome;
    },
  };
}

const broken = (when: string): never => {
  throw new Error(`a worker of the world ended ${when}`);
};

/** What became of a world; that its process ended over it, too. */
function ask(child: ChildProcess, order: Order): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome) => {
      clearTimeout(timer);
      child.off("message", settle).off("exit", died);
      resolve(outcome);
    };
    const fail = (what: string) => settle({ ...unfinished(order.options, what), cpuMs: 0, residentBytes: 0 });
    const died = (code: number | null, signal: string | null) =>
      fail(`the process of the world ended: ${signal ?? code}`);
    const timer = setTimeout(() => {
      child.off("exit", died).kill("SIGKILL");
      fail(`the world did not come to its end within ${ENDLESS_MS / 1_000} s of real time`);
    }, ENDLESS_MS);
    child.once("message", settle).once("exit", died);
    child.send(order);
  });
}
