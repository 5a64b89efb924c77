import type { Edit } from "../copy/index.ts";

/** Who must turn red when a bug is in the sources. */
export type Catcher =
  | {
      readonly kind: "test";
      /** From the root of the repository. */
      readonly file: string;
      /** Its full name as the runner prints it, with ` > ` after what stands around it. */
      readonly name: string;
    }
  | {
      readonly kind: "ledger";
      /** In the engine's random histories, or in two clients' race on a database. */
      readonly in: "histories" | "race";
      /** What is broken then, by its number in licensing.md 2.6. */
      readonly invariant: string;
    }
  | {
      readonly kind: "seed";
      readonly seed: number;
      /** What the world says is broken, by its name there. */
      readonly invariant: string;
    };

/** A mistake that somebody could make, kept as data. The file's name is its name. */
export interface PlantedBug {
  /** What goes wrong with it, in one sentence. */
  readonly why: string;
  readonly edits: readonly Edit[];
  /** Each of them must turn red. */
  readonly caughtBy: readonly [Catcher, ...Catcher[]];
}
