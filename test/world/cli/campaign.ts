import type { WorldOptions } from "../options.ts";
import type { Crew, Outcome } from "./crew.ts";
import type { Tally } from "./tally.ts";

export interface Campaign {
  readonly crew: Crew;
  readonly tally: Tally;
  /** The world to run next; undefined when there are enough. */
  readonly next: () => WorldOptions | undefined;
  /** Goes on when something was wrong. */
  readonly isStubborn: boolean;
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** Runs one world after the other on all workers, until there are enough, or the first is wrong. */
export async function runCampaign({ crew, tally, next, isStubborn, onOutcome }: Campaign): Promise<void> {
  const mayGoOn = () => isStubborn || tally.failed === 0;
  const work = async () => {
    for (let options = next(); options && mayGoOn(); options = next()) {
      const outcome = await crew.run(options);
      tally.add(outcome);
      onOutcome?.(outcome);
    }
  };
  await Promise.all(Array.from({ length: crew.size }, work));
}

/** These worlds, in this order. */
export function each(worlds: Iterable<WorldOptions>): () => WorldOptions | undefined {
  const left = worlds[Symbol.iterator]();
  return () => {
    const { done, value } = left.next();
    return done ? undefined : value;
  };
}
