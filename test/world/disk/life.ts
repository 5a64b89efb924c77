/** One process on a host, from its start until it is killed or the power goes. */
export interface Process {
  isAlive: boolean;
}

/** Thrown into the code of a process that died while it was in a synchronous call, and at each later call of it. */
export class ProcessDied extends Error {
  override readonly name = "ProcessDied";
}

/** What a dead process waits for: it never comes. */
const never = new Promise<never>(() => {});

/** The ability, until its process dies; from then on every call of it waits for ever. */
export const mortal =
  <Args extends unknown[], Answer>(process: Process, ability: (...args: Args) => Answer) =>
  async (...args: Args): Promise<Answer> => {
    if (!process.isAlive) return never;
    try {
      const answer = ability(...args);
      return process.isAlive ? answer : await never;
    } catch (error) {
      if (error instanceof ProcessDied) return never;
      throw error;
    }
  };

/** Says that something is becoming durable, to whoever listens; throws when the listener ended the process by that. */
export interface Boundaries {
  before(what: string): void;
  after(what: string): void;
}
