import { expect, test } from "vitest";
import { flashedTwice, type Upload } from "./history.ts";

let order = 0;

/** A complete, accepted upload of 2.0 to a device on 1.0, unless told otherwise. */
const upload = (number: number, change: Partial<Upload> = {}): Upload => ({
  number,
  begunOrder: order++,
  begunMs: 0,
  versionBefore: "1.0",
  committedBefore: true,
  boot: 0,
  whileFlashing: false,
  endedOrder: order++,
  endedMs: 0,
  bytes: 10,
  complete: true,
  sha256: "a",
  imageVersion: "2.0",
  verdict: "accepted",
  ...change,
});

test("tries within the budget are legal", () => {
  expect(flashedTwice([upload(1), upload(2), upload(3)])).toEqual([]);
});

test("(a) the version that already ran, committed, was taken again", () => {
  const first = upload(1);
  const again = upload(2, { versionBefore: "2.0" });
  expect(flashedTwice([first, again])).toEqual([{ rule: "already-installed", upload: 2 }]);
  expect(flashedTwice([first, { ...again, committedBefore: false }])).toEqual([]);
  expect(flashedTwice([first, { ...again, verdict: "refused" }])).toEqual([]);
});

test("(b) uploads overlapped, or one began while the device was writing", () => {
  const first = upload(1);
  const inside = upload(2, { begunOrder: first.begunOrder + 0.5 });
  expect(flashedTwice([first, inside])).toEqual([{ rule: "overlap", upload: 2 }]);
  const { endedOrder: _open, ...open } = upload(3);
  expect(flashedTwice([open, upload(4)])).toEqual([{ rule: "overlap", upload: 4 }]);
  expect(flashedTwice([upload(5), upload(6, { whileFlashing: true })])).toEqual([
    { rule: "overlap", upload: 6 },
  ]);
});

test("(c) more whole uploads of one image than the budget; broken ones and other images do not count", () => {
  const tries = [1, 2, 3, 4].map((number) => upload(number));
  expect(flashedTwice(tries)).toEqual([{ rule: "over-budget", upload: 4 }]);
  expect(flashedTwice(tries, { budget: 4 })).toEqual([]);
  const broken = tries.map((one) => ({ ...one, complete: false }));
  expect(flashedTwice([...broken, upload(5)])).toEqual([]);
  expect(flashedTwice(tries.map((one, index) => ({ ...one, sha256: String(index) })))).toEqual([]);
});

test("(c) counts anew once the image has run", () => {
  const tries = [1, 2, 3].map((number) => upload(number));
  const ran = upload(4, { versionBefore: "2.0", sha256: "b", imageVersion: "3.0" });
  expect(flashedTwice([...tries, ran, upload(5)])).toEqual([]);
});

test("(d) more uploads than intents, when the intents are known", () => {
  expect(flashedTwice([upload(1), upload(2)], { budget: 3, intents: 1 })).toEqual([
    { rule: "without-intent", upload: 2 },
  ]);
  expect(flashedTwice([upload(1), upload(2)], { budget: 3, intents: 2 })).toEqual([]);
});
