import fc from "fast-check";
import { expect, test } from "vitest";
import type { Reading } from "../ports.ts";
import { learn } from "./learn.ts";
import { BOOT_LOOP, conclude, type Conclusion, type Flash } from "./observe.ts";
import { nothingSeen, type Seen } from "./records.ts";

const OLD = "12.2.41";
const TARGET = "12.11.77";
const SERIAL = "ACCC8E000001";

const flash = (seen: Partial<Seen> = {}, before: Partial<Flash["before"]> = {}): Flash => ({
  serial: SERIAL,
  before: {
    version: OLD,
    target: TARGET,
    digest: "d".repeat(64) as Flash["before"]["digest"],
    model: "P3265-V",
    hardwareId: "7C4",
    bootId: "boot-1",
    uptimeS: 1_000,
    ...before,
  },
  seen: { ...nothingSeen, ...seen },
});

const reading = (more: Partial<Reading> & { version?: string } = {}): Reading => {
  const { version = OLD, ...rest } = more;
  return {
    at: 0,
    answers: true,
    serial: SERIAL as Reading["serial"],
    model: "P3265-V",
    name: "camera",
    hardwareId: "7C4",
    versions: {
      firmwareManagement: version,
      deviceInfo: version,
      anonymousInfo: version,
      parameters: version,
    },
    inactiveVersion: null,
    committed: null,
    bootId: "boot-1",
    uptimeS: 2_000,
    ready: true,
    needsSetup: false,
    busy: false,
    access: "granted",
    keyChanged: false,
    scheme: "https",
    ...rest,
  };
};

const sent: Partial<Seen> = { lastChunk: true };
const booted = { bootId: "boot-2" };

/** upgrades.md 5.5, row by row: what the device says, what was known, what follows. */
const ROWS: readonly [string, Partial<Seen>, Parameters<typeof reading>[0], Conclusion][] = [
  ["unreachable", sent, { answers: false }, { kind: "silent" }],
  [
    "another serial",
    sent,
    { serial: "ACCC8E0000FF" as Reading["serial"] },
    { kind: "replaced", serial: "ACCC8E0000FF" },
  ],
  ["target, uncommitted", sent, { version: TARGET, committed: false }, { kind: "trial" }],
  ["target, committed", sent, { version: TARGET, committed: true }, { kind: "target" }],
  ["target, nothing to commit", sent, { version: TARGET }, { kind: "target" }],
  ["old, no last chunk", {}, {}, { kind: "untouched" }],
  ["old, no last chunk, booted for another reason", {}, booted, { kind: "untouched" }],
  ["old, last chunk, no boot", sent, {}, { kind: "mayFlash" }],
  [
    "old, last chunk, off and on but the same boot",
    { ...sent, off: true, onAgain: true },
    {},
    { kind: "mayFlash" },
  ],
  ["old, booted, target seen before", { ...sent, target: true }, booted, { kind: "rolledBack" }],
  ["old, booted, target never seen", sent, booted, { kind: "cameBackOld", sure: true }],
  ["a newer third version", sent, { version: "13.0.33" }, { kind: "newer", version: "13.0.33" }],
  ["an older third version", sent, { version: "12.5.1" }, { kind: "other", version: "12.5.1" }],
  ["factory defaults", sent, { needsSetup: true, access: "untried" }, { kind: "wiped" }],
  ["password changed", sent, { access: "denied" }, { kind: "denied" }],
  ["busy (423)", sent, { busy: true }, { kind: "busy" }],
  ["boots and boots", { ...sent, boots: BOOT_LOOP }, { ready: false }, { kind: "bootLoop" }],
  ["its key changed", sent, { keyChanged: true, access: "untried" }, { kind: "keyChanged" }],
  ["no login yet", sent, { access: "untried" }, { kind: "starting" }],
  [
    "target by some, old by others",
    sent,
    { versions: { deviceInfo: OLD, parameters: TARGET } },
    { kind: "contradicts" },
  ],
  ["a version that is none", sent, { versions: { parameters: "☃".repeat(500) } }, { kind: "starting" }],
];

test.each(ROWS)("%s", (_name, seen, said, conclusion) => {
  expect(conclude(flash(seen), reading(said))).toEqual(conclusion);
});

test("a device without a boot id is believed on off and on, but not surely", () => {
  const mute = { bootId: null, uptimeS: null };
  const back = flash({ ...sent, off: true, onAgain: true }, mute);
  expect(conclude(back, reading(mute))).toEqual({ kind: "cameBackOld", sure: false });
  expect(conclude(flash(sent, mute), reading(mute))).toEqual({ kind: "mayFlash" });
});

test("where nobody knows what ran before, anything older than the target may have", () => {
  const unknown = flash(sent, { version: null, bootId: null, uptimeS: null });
  expect(conclude(unknown, reading({ version: "9.80.3" }))).toEqual({ kind: "mayFlash" });
  expect(conclude(unknown, reading({ version: TARGET, committed: false }))).toEqual({ kind: "trial" });
});

/**
 * The table once more, the way its author would say it aloud: questions in order, first yes wins. Slow and plain on
 * purpose, to be compared with.
 */
function oracle({ before, seen }: Flash, said: Reading): Conclusion["kind"] {
  const named = [...new Set(Object.values(said.versions))];
  const isTarget = named[0] === TARGET;
  const isOld = named[0] === OLD;
  const questions: [Conclusion["kind"], boolean][] = [
    ["silent", !said.answers],
    ["replaced", said.serial !== null && said.serial !== SERIAL],
    ["keyChanged", said.keyChanged],
    ["wiped", said.needsSetup],
    ["denied", said.access === "denied"],
    ["busy", said.busy],
    ["bootLoop", seen.boots >= 6 && said.ready === false],
    ["starting", said.serial === null || said.access === "untried" || named.length === 0],
    ["contradicts", named.length > 1],
    ["trial", isTarget && said.committed === false],
    ["starting", isTarget && said.versions.firmwareManagement === undefined],
    ["target", isTarget],
    ["untouched", isOld && !seen.lastChunk],
    ["rolledBack", isOld && seen.target],
    ["cameBackOld", isOld && hasBooted({ before, seen }, said)],
    ["mayFlash", isOld],
    ["newer", named[0] === "13.0.33"],
  ];
  return questions.find(([, yes]) => yes)?.[0] ?? "other";
}

function hasBooted({ before, seen }: Pick<Flash, "before" | "seen">, said: Reading): boolean {
  const tellsBoots = before.bootId !== null && said.bootId !== null;
  return tellsBoots ? before.bootId !== said.bootId : seen.onAgain || seen.restartedClock || seen.trialSlot;
}

const version = fc.constantFrom(OLD, TARGET, "13.0.33", "12.5.1");
const source = fc.option(version, { nil: undefined });
const versions = fc.oneof(
  {
    weight: 3,
    arbitrary: version.map((one) => ({ firmwareManagement: one, deviceInfo: one, parameters: one })),
  },
  fc
    .record({ firmwareManagement: source, deviceInfo: source, parameters: source })
    .map((all) => Object.fromEntries(Object.entries(all).filter(([, one]) => one)) as Reading["versions"]),
);
const readings: fc.Arbitrary<Reading> = fc
  .record({
    answers: fc.boolean(),
    serial: fc.constantFrom(...([SERIAL, SERIAL, SERIAL, "ACCC8E0000FF", null] as Reading["serial"][])),
    versions,
    inactiveVersion: fc.constantFrom(null, OLD),
    committed: fc.constantFrom(null, true, false),
    bootId: fc.constantFrom(null, "boot-1", "boot-2", "boot-3"),
    uptimeS: fc.constantFrom(null, 5, 5_000),
    ready: fc.constantFrom(null, true, false),
    needsSetup: fc.constantFrom(false, false, true),
    busy: fc.constantFrom(false, false, true),
    access: fc.constantFrom<Reading["access"]>("granted", "granted", "denied", "untried"),
    keyChanged: fc.constantFrom(false, false, true),
  })
  .map((said) => ({ ...reading(), ...said }));
const flashes: fc.Arbitrary<Flash> = fc
  .record({
    lastChunk: fc.boolean(),
    target: fc.boolean(),
    off: fc.boolean(),
    onAgain: fc.boolean(),
    trialSlot: fc.boolean(),
    restartedClock: fc.boolean(),
    boots: fc.constantFrom(0, 1, BOOT_LOOP),
    bootId: fc.constantFrom(null, "boot-1"),
  })
  .map((seen) => flash(seen, { bootId: seen.bootId }));

test("agrees with the table read aloud, whatever a device says", () => {
  fc.assert(
    fc.property(flashes, readings, (known, said) => {
      expect(conclude(known, said).kind).toBe(oracle(known, said));
    }),
    { numRuns: 5_000 },
  );
});

test("what was seen only grows, and another device teaches nothing", () => {
  fc.assert(
    fc.property(flashes, fc.array(readings, { maxLength: 6 }), (start, looks) => {
      let known = start;
      for (const said of looks) {
        const seen = learn(known, said, 10);
        for (const fact of [
          "lastChunk",
          "target",
          "off",
          "onAgain",
          "trialSlot",
          "restartedClock",
        ] as const) {
          if (known.seen[fact]) expect(seen[fact]).toBe(true);
        }
        expect(seen.boots).toBeGreaterThanOrEqual(known.seen.boots);
        if (!known.seen.lastChunk) expect(seen).toEqual(known.seen);
        else if (said.answers && said.serial !== SERIAL) {
          expect(seen).toEqual({ ...known.seen, watchedMs: known.seen.watchedMs + 10 });
        }
        known = { ...known, seen };
      }
    }),
  );
});

test("no reading makes a device that never got a whole image look flashed", () => {
  fc.assert(
    fc.property(flashes, readings, (known, said) => {
      const never = { ...known, seen: { ...known.seen, lastChunk: false } };
      expect(["mayFlash", "rolledBack", "cameBackOld"]).not.toContain(conclude(never, said).kind);
    }),
  );
});
