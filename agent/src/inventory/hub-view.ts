import { Serial, type DeviceReport, type InventoryDelta } from "@fyr/protocol";
import { z } from "zod";
import type { StateStore } from "../ports.ts";
import { holdingHash, nextStep, reportHash, type Holding } from "./report.ts";

/** What the hub holds of this inventory, so that only changes travel. */
export interface HubView {
  hash(): string;
  delta(whole: boolean): InventoryDelta | undefined;
  acknowledged(hash: string): void;
}

const KEY = "inventory/acknowledged";
const Acknowledged = z.record(Serial, z.string());

/**
 * @param reports all devices as they are now
 */
export function hubView(store: StateStore, reports: () => ReadonlyMap<Serial, DeviceReport>): HubView {
  let held = readHeld(store);
  /** A large inventory goes in several steps, for which the hub asks one by one. */
  let underWay: Holding | null = null;
  const now = (): Holding => new Map([...reports()].map(([serial, report]) => [serial, reportHash(report)]));

  return {
    hash: () => holdingHash(now()),
    delta(whole) {
      const step = nextStep(reports(), whole || held === null ? underWay : held);
      // Everything was told, step by step, and the hub still asks: it gets everything again.
      const again = step ?? (whole ? nextStep(reports(), null) : undefined);
      if (whole || held === null) underWay = again?.holding ?? null;
      return again?.delta;
    },
    acknowledged(hash) {
      const holding = now();
      if (holdingHash(holding) !== hash) return;
      underWay = null;
      if (held && holdingHash(held) === hash) return;
      held = holding;
      store.put(KEY, Buffer.from(JSON.stringify(Object.fromEntries(holding))));
    },
  };
}

function readHeld(store: StateStore): Holding | null {
  const bytes = store.get(KEY);
  if (!bytes) return null;
  const read = Acknowledged.safeParse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  return read.success ? new Map(Object.entries(read.data) as [Serial, string][]) : null;
}
