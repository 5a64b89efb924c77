import { FaultCodeName, parse, Timestamp } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import { z } from "zod";
import type { StateStore } from "../ports.ts";
import type { LinkStanding } from "./sync.ts";

const KEY = "link/standing";

/** Whether the hub answered, since when, and if not why: for people who ask another process. */
export const KeptStanding = z.strictObject({ since: Timestamp, fault: FaultCodeName.nullable() });
export type KeptStanding = z.infer<typeof KeptStanding>;

export function keepStanding(store: StateStore, clock: Pick<Clock, "wall">, standing: LinkStanding): void {
  const kept: KeptStanding = {
    since: Math.trunc(clock.wall()),
    fault: standing.answered ? null : standing.fault.code,
  };
  store.put(KEY, Buffer.from(JSON.stringify(kept)));
}

/** Null before the first sync ever. */
export function readStanding(store: StateStore): KeptStanding | null {
  const bytes = store.get(KEY);
  return bytes && parse(KeptStanding, Buffer.from(bytes).toString("utf8"));
}
