export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const LOOK_EVERY_MS = 150;

/** Asks again and again. @throws Error naming what did not come about in time */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  withinMs = 60_000,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<T> {
  for (const end = performance.now() + withinMs; performance.now() < end;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await pause(lookEveryMs);
  }
  throw new Error(`waited ${withinMs} ms in vain until ${what}`);
}
