import type { World } from "../cast.ts";
import type { Judge } from "../witness.ts";

/** What a file of judges exports that are tried out beside those of every world. */
export interface Judging {
  readonly judges: readonly ((world: World) => Judge)[];
}
