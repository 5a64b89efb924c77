import { deadline, sleep, type Clock } from "@fyr/runtime";
import { ChildFailed, startChild, type Child, type ChildSpec } from "./child.ts";

/** A process that is kept running until it is told to stop, however often it is killed meanwhile. */
export interface Kept {
  /** @returns the fields of its ready line. @throws ChildFailed */
  start(): Promise<Readonly<Record<string, unknown>>>;
  /** Kills it after every `everyMs` of being ready, and starts it again, until `signal` aborts. */
  killEvery(everyMs: number, signal: AbortSignal): Promise<void>;
  kills(): number;
  /** Rejects when it ends although nobody asked it to, or does not come back from a kill. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;

/** @param stopping when this has aborted, nobody wonders why a process ends: Ctrl-C reaches them all */
export function keep(clock: Clock, node: string, spec: ChildSpec, stopping: AbortSignal): Kept {
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  let child: Child | undefined;
  let expected = false;
  let kills = 0;

  const watch = async (own: Child) => {
    const { reason } = await own.ended;
    if (child === own) child = undefined;
    if (!expected && !stopping.aborted) failed.reject(new ChildFailed(`The ${spec.name} ended: ${reason}`));
  };

  async function start() {
    expected = false;
    const own = startChild(node, spec);
    child = own;
    const late = new ChildFailed(`The ${spec.name} did not start: no word of it within a minute`);
    const { signal, release } = deadline(clock, READY_WITHIN_MS, () => late);
    const tooLate = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(late)));
    const fields = await Promise.race([own.ready, tooLate]).finally(release);
    void watch(own);
    return fields;
  }

  async function end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    expected = true;
    const own = child;
    if (!own) return;
    own.kill(signal);
    const cancel = clock.after(STOP_WITHIN_MS, () => own.kill("SIGKILL"));
    await own.ended;
    cancel();
  }

  return {
    start,
    failed: failed.promise,
    kills: () => kills,
    stop: () => end("SIGTERM"),
    async killEvery(everyMs, signal) {
      for (;;) {
        await sleep(clock, everyMs, signal);
        if (signal.aborted) return;
        await end("SIGKILL");
        kills++;
        const again = await start().catch((error: unknown) => failed.reject(error));
        if (!again) return;
      }
    },
  };
}
