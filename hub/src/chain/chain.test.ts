import fc from "fast-check";
import { expect, test } from "vitest";
import { breaksOf, hashAfter, START, walk, type Head, type Link } from "./chain.ts";

function chainOf(bodies: readonly string[], start: Head = START): Link[] {
  let head = start;
  return bodies.map((body) => {
    const link = { seq: head.seq + 1, previous: head.hash, body, hash: hashAfter(head, body) };
    head = link;
    return link;
  });
}

const five = chainOf(["1", '"two"', "[3]", '{"n":4}', "null"]);
const [first, second, third, fourth, fifth] = five as [Link, Link, Link, Link, Link];

test("a chain that nobody touched holds, from its first link and from any other", () => {
  expect(breaksOf(five)).toEqual([]);
  for (const [at, start] of five.entries()) expect(breaksOf(five.slice(at + 1), { start })).toEqual([]);
  expect(breaksOf([])).toEqual([]);
});

test.each<[string, readonly Link[], ReturnType<typeof breaksOf>]>([
  ["an entry that was taken out is a gap", [first, third, fourth, fifth], [{ seq: 2, why: "gap" }]],
  ["a missing beginning is a gap", [third, fourth, fifth], [{ seq: 1, why: "gap" }]],
  ["an altered entry is named", [first, { ...second, body: '"twO"' }], [{ seq: 2, why: "altered" }]],
  [
    "an entry that cannot have been written is altered",
    [{ ...first, body: null }],
    [{ seq: 1, why: "altered" }],
  ],
  [
    "an altered hash shows in its entry and in the link to it",
    [first, { ...second, hash: third.hash }, third],
    [
      { seq: 2, why: "altered" },
      { seq: 3, why: "unlinked" },
    ],
  ],
  [
    "an entry that was written anew shows in the link to it",
    [first, ...chainOf(['"new"'], first), third],
    [{ seq: 3, why: "unlinked" }],
  ],
  ["two entries that changed places", [first, third, second, fourth], [{ seq: 2, why: "reordered" }]],
  ["an entry that stands there twice", [first, second, second, third], [{ seq: 2, why: "reordered" }]],
])("%s", (_, links, breaks) => {
  expect(breaksOf(links)).toEqual(breaks);
});

test("a tail that was cut off shows against an end that was seen before", () => {
  expect(breaksOf([first, second])).toEqual([]);
  expect(breaksOf([first, second], { known: [fifth] })).toEqual([{ seq: 5, why: "tail missing" }]);
  expect(breaksOf(five, { known: [second, fifth] })).toEqual([]);
});

test("a chain that was written anew from some entry on shows against an end that was seen before", () => {
  const other = [first, second, ...chainOf(['"other"', "4", "5"], second)];
  expect(breaksOf(other)).toEqual([]);
  expect(breaksOf(other, { known: [fourth] })).toEqual([{ seq: 4, why: "rewritten" }]);
});

test("every break is told, as far as there are not too many", () => {
  const links = chainOf(Array.from({ length: 100 }, (_, n) => String(n)));
  const altered = links.map((link) => ({ ...link, body: '"x"' }));
  expect(breaksOf(altered)).toHaveLength(100);
  expect(breaksOf(altered, { most: 7 })).toHaveLength(7);
});

test("whatever is done to a chain but nothing, it shows", () => {
  const bodies = fc.array(fc.json({ maxDepth: 1 }), { minLength: 2, maxLength: 12 });
  const part = fc.constantFrom("seq", "hash", "previous", "body" as const);
  fc.assert(
    fc.property(bodies, fc.nat(), fc.nat(), part, fc.string(), (given, one, other, field, text) => {
      const links = chainOf(given);
      const [at, to] = [one % links.length, other % links.length];
      const known = [links.at(-1) as Link];
      const altered = links.with(at, {
        ...(links[at] as Link),
        [field]: field === "seq" ? at + 2 + text.length : `${text}!`,
      });
      expect(breaksOf(altered, { known })).not.toEqual([]);
      expect(breaksOf(links.toSpliced(at, 1), { known })).not.toEqual([]);
      const moved = links.toSpliced(at, 1).toSpliced(to, 0, links[at] as Link);
      expect(breaksOf(moved, { known }).length > 0).toBe(at !== to);
      expect(breaksOf(links, { known })).toEqual([]);
    }),
  );
});

test("the memory of a walk does not grow with the chain", () => {
  const walked = walk({ known: [{ seq: 20_000, hash: "0".repeat(64) }] });
  let head = START;
  for (let n = 0; n < 20_000; n++) {
    const link = { seq: head.seq + 1, previous: head.hash, body: "1", hash: hashAfter(head, "1") };
    walked.take(link);
    head = link;
  }
  expect(walked.end()).toEqual({
    head: { seq: head.seq, hash: head.hash },
    links: 20_000,
    breaks: [{ seq: 20_000, why: "rewritten" }],
  });
});
