import { offers, PROOF_BY_GENERATION, type Reading as Source } from "@fyr/protocol";
import { expect, test } from "vitest";
import type { Reading } from "../ports.ts";
import { bootProven, gaps } from "./proof.ts";
import { nothingSeen, type Seen } from "./records.ts";
import type { Flash } from "./observe.ts";

const SERIAL = "ACCC8E000001";

const GENERATIONS = PROOF_BY_GENERATION.map(({ name, since }, at) => {
  const target = ["12.11.77", "10.12.250", "8.45.1", "7.40.2", "5.51.7"][at]!;
  return { name, since, target };
});

const flash = (target: string, seen: Partial<Seen>, bootId: string | null = null): Flash => ({
  serial: SERIAL,
  before: {
    version: "5.40.1",
    target,
    digest: "d".repeat(64) as Flash["before"]["digest"],
    model: "P3265-V",
    hardwareId: "7C4",
    bootId,
    uptimeS: null,
  },
  seen: { ...nothingSeen, lastChunk: true, ...seen },
});

const KEYS = ["firmwareManagement", "deviceInfo", "anonymousInfo", "parameters"] as const satisfies Source[];

/** All that a device of this version offers, everything in order. */
const perfect = (target: string): Reading => ({
  at: 0,
  answers: true,
  serial: SERIAL as Reading["serial"],
  model: "P3265-V",
  name: "camera",
  hardwareId: "7C4",
  versions: Object.fromEntries(KEYS.filter((key) => offers(target, key)).map((key) => [key, target])),
  inactiveVersion: null,
  committed: offers(target, "firmwareManagement") ? true : null,
  bootId: offers(target, "bootId") ? "boot-2" : null,
  uptimeS: null,
  ready: offers(target, "ready") ? true : null,
  needsSetup: false,
  busy: false,
  access: "granted",
  keyChanged: false,
  scheme: "https",
});

const seen = { off: true, onAgain: true };

test.each(GENERATIONS)("$name: nothing is missing when all is proved", ({ target }) => {
  expect(gaps(flash(target, seen), perfect(target))).toEqual([]);
});

test.each(GENERATIONS)(
  "$name: each source that the table demands must name the target",
  ({ target, name }) => {
    const { versionFrom } = PROOF_BY_GENERATION.find((proof) => proof.name === name)!;
    for (const key of versionFrom as (keyof Reading["versions"])[]) {
      const { [key]: _, ...others } = perfect(target).versions;
      expect(gaps(flash(target, seen), { ...perfect(target), versions: others })).toEqual(["version"]);
      const lying = { ...perfect(target).versions, [key]: "5.40.1" };
      expect(gaps(flash(target, seen), { ...perfect(target), versions: lying })).toEqual(["version"]);
    }
  },
);

test.each(GENERATIONS)("$name: a source that is not demanded may be silent but not differ", ({ target }) => {
  const versions = { ...perfect(target).versions, anonymousInfo: "5.40.1" };
  expect(gaps(flash(target, seen), { ...perfect(target), versions })).toEqual(["version"]);
});

test.each(GENERATIONS)("$name: without a boot after the last chunk nothing is proved", ({ target }) => {
  expect(gaps(flash(target, {}, null), perfect(target))).toEqual(["boot"]);
  expect(gaps(flash(target, { ...seen, lastChunk: false }), perfect(target))).toContain("boot");
});

test("the same boot id is the proof of no boot, whatever else was seen", () => {
  const all = { ...seen, trialSlot: true, restartedClock: true };
  expect(bootProven(flash("12.11.77", all, "boot-2"), perfect("12.11.77"))).toBe(false);
  expect(bootProven(flash("12.11.77", {}, "boot-1"), perfect("12.11.77"))).toBe(true);
});

test("an uptime counts only where the table lets it", () => {
  expect(bootProven(flash("12.11.77", { restartedClock: true }), perfect("12.11.77"))).toBe(true);
  expect(bootProven(flash("10.12.250", { restartedClock: true }), perfect("10.12.250"))).toBe(false);
});

test.each([
  ["commit", { committed: false }],
  ["health", { ready: false }],
  ["health", { needsSetup: true }],
  ["health", { busy: true }],
  ["health", { access: "denied" }],
  ["identity", { serial: "ACCC8E0000FF" as Reading["serial"] }],
  ["identity", { model: "Q6135-LE" }],
  ["identity", { hardwareId: "111" }],
] as const)("%s is missing when the device says %o", (gap, said) => {
  expect(gaps(flash("12.11.77", seen), { ...perfect("12.11.77"), ...said })).toEqual([gap]);
});

test("a silence proves no boot to a device that could tell better; sent by the old call, it cannot", () => {
  const from = (version: string, more: Partial<Seen> = {}): Flash => {
    const sent = flash("10.12.250", { ...seen, ...more });
    return { ...sent, before: { ...sent.before, version } };
  };
  expect(gaps(from("10.12.228"), perfect("10.12.250"))).toEqual(["boot"]);
  expect(gaps(from("10.12.228", { trialSlot: true }), perfect("10.12.250"))).toEqual([]);
  expect(gaps(from("5.51.7"), perfect("10.12.250"))).toEqual([]);
});
