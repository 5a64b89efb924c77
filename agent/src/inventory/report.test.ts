import fc from "fast-check";
import { InventoryDelta, Serial, type DeviceReport } from "@fyr/protocol";
import { expect, test } from "vitest";
import { memoryStore } from "../vapix/testing/memory-store.ts";
import { hubView } from "./hub-view.ts";
import { holdingHash, reportHash } from "./report.ts";

const report = (index: number, version: string): DeviceReport => ({
  serial: Serial.parse(`ACCC8E${index.toString(16).toUpperCase().padStart(6, "0")}`),
  model: "P3265-V",
  name: "AXIS P3265-V Dome Camera",
  hardwareId: "931.11",
  version,
  address: `10.0.0.${index % 250}:443`,
  scheme: "https",
  trouble: null,
  seenAt: 1,
});

/** What the hub does with deltas (hub: fleet), written here anew: it believes the hash that it is told. */
function hub() {
  const devices = new Map<Serial, DeviceReport>();
  let held: string | null = null;
  return {
    devices,
    lose: () => (devices.clear(), (held = null)),
    take(hash: string, delta: InventoryDelta | undefined): boolean {
      if (delta) {
        InventoryDelta.parse(delta);
        if (delta.whole) devices.clear();
        for (const device of delta.devices) devices.set(device.serial, device);
        for (const serial of delta.gone) devices.delete(serial);
        if (delta.whole || held !== null) held = delta.hash;
      }
      return held === hash;
    },
  };
}

const change = fc.oneof(
  fc.record({
    kind: fc.constant("set" as const),
    index: fc.nat(12),
    version: fc.constantFrom("11.11.1", "12.1.1"),
  }),
  fc.record({ kind: fc.constant("remove" as const), index: fc.nat(12) }),
  fc.record({ kind: fc.constantFrom("lose" as const, "restart" as const, "drop" as const, "sync" as const) }),
);

test("whatever happens on either end, a few syncs make the hub hold what there is", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const [store, reports, remote] = [memoryStore(), new Map<Serial, DeviceReport>(), hub()];
      let view = hubView(store, () => reports);
      let whole = false;
      const sync = (arrives: boolean) => {
        const [delta, hash] = [view.delta(whole), view.hash()];
        if (!arrives) return;
        whole = !remote.take(hash, delta);
        if (!whole) view.acknowledged(hash);
      };
      for (const each of changes) {
        if (each.kind === "set") reports.set(report(each.index, "").serial, report(each.index, each.version));
        if (each.kind === "remove") reports.delete(report(each.index, "").serial);
        if (each.kind === "lose") remote.lose();
        if (each.kind === "restart") view = hubView(store, () => reports);
        if (each.kind === "drop") sync(false);
        if (each.kind === "sync") sync(true);
      }
      for (let round = 0; round < 3; round++) sync(true);
      expect(whole).toBe(false);
      expect(new Map([...remote.devices].sort())).toEqual(new Map([...reports].sort()));
      expect(view.delta(false)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test("a large site goes in steps", () => {
  const reports = new Map(
    Array.from({ length: 1_234 }, (_, index) => report(index, "12.1.1")).map((each) => [each.serial, each]),
  );
  const [view, remote] = [hubView(memoryStore(), () => reports), hub()];
  let whole = false;
  let syncs = 0;
  do {
    const delta: InventoryDelta | undefined = view.delta(whole);
    whole = !remote.take(view.hash(), delta);
    syncs++;
  } while (whole && syncs < 10);
  expect({ syncs, devices: remote.devices.size }).toEqual({ syncs: 3, devices: 1_234 });
});

test("the hash names the inventory, not the order in which it was learnt", () => {
  const all = [report(1, "12.1.1"), report(2, "12.1.1"), report(3, "11.1.1")];
  const hashOf = (some: readonly DeviceReport[]) =>
    holdingHash(new Map(some.map((each) => [each.serial, reportHash(each)])));
  expect(hashOf(all)).toBe(hashOf([...all].reverse()));
  expect(hashOf(all)).not.toBe(hashOf(all.slice(1)));
  expect(hashOf([{ ...all[0]!, version: "12.1.2" }])).not.toBe(hashOf([all[0]!]));
});
