import type { Cancel } from "@fyr/runtime";
import type { Life } from "./life.ts";

/** One request under way: it ends once, by whatever comes first, and takes back all that waited for another end. */
export interface Pending<Answer> {
  readonly promise: Promise<Answer>;
  isOver(): boolean;
  answer(answer: Answer): void;
  fail(error: Error): void;
  /** To be taken back when the request is over. */
  until(undo: Cancel): void;
}

/** A request of one process: it is over, and answered to nobody, when the process ends or takes it back. */
export function pendingOf<Answer>(life: Life, signal: AbortSignal | undefined): Pending<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const undo: Cancel[] = [];
  let over = false;
  const end = (act: () => void) => {
    if (over) return;
    over = true;
    for (const take of undo) take();
    act();
  };
  const pending: Pending<Answer> = {
    promise: life.keep(promise),
    isOver: () => over,
    answer: (answer) => end(() => resolve(answer)),
    fail: (error) => end(() => reject(error)),
    until: (take) => void (over ? take() : undo.push(take)),
  };
  const abort = () => pending.fail(signal?.reason as Error);
  pending.until(life.onEnd(() => end(() => {})));
  signal?.addEventListener("abort", abort);
  pending.until(() => signal?.removeEventListener("abort", abort));
  if (signal?.aborted) abort();
  return pending;
}
