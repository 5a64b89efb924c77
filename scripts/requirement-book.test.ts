import { expect, test } from "vitest";
import { idsIn, readRequirements, report, strangers, titlesIn } from "./requirement-book.ts";
import { allRequirements, allTitles } from "./requirement-files.ts";

// The ids in here are put together, or these tests would be taken for the proof of what they name.
const r = (n: number | string) => `R-${n}`;
const a = (n: number | string) => `A-${n}`;

const titles = (source: string) => titlesIn("x.test.ts", source).map(({ text }) => text);

test("titles of tests and groups are found however they are called", () => {
  const source = `
    describe("group", () => {
      test("plain", () => {});
      it("it", () => {});
      test.skipIf(!runs)("skipped", () => {});
      test.for([1])("for", () => {});
      describe.each(await databases())("on $name", () => {});
    });
    test(\`\${name}: a template\`, () => {});
    test("one " + "two", () => {});
    test(name, () => {});
    other("no test", () => test);
    file.test("no test either");`;
  expect(titles(source)).toEqual([
    ...["group", "plain", "it", "skipped", "for", "on $name", "…: a template", "one two"],
  ]);
});

test("ids of a table of cases are found in the table, written out in the call or before it", () => {
  const source = `
    const NAMED = { "${r(2)}: two": 1, plain: 2 };
    const NONE = ["${r(9)}: not used"];
    test.each([["${r(1)}: one", 1], ["plain", "x"]])("%s", () => {});
    test.skipIf(!runs).each(Object.keys(NAMED))("%s", () => {});`;
  expect(titles(source)).toEqual(["%s", `${r(1)}: one`, "%s", `${r(2)}: two`]);
});

test("a title says in which file and line it stands", () => {
  const [found] = titlesIn("a/b.test.ts", '\n\ntest("x", () => {});');
  expect(found).toEqual({ file: "a/b.test.ts", line: 3, text: "x" });
});

test("ids are read whole and alone", () => {
  expect(idsIn(`${r(20)} ${a(39)}: a person`)).toEqual([r(20), a(39)]);
  expect(idsIn(`B1-R1 X-${r(1)} ${r(1)}-2 ${r("001x")} ${r("")} I13 P-1`)).toEqual([]);
  expect(idsIn(`…: ${r(1)}, ${r(1)}; (${a(2)})`)).toEqual([r(1), a(2)]);
});

const BOOK = readRequirements(`# Requirements

text about - ${r(9)}: that is none

- ${r(1)}: first: of all
- ${r(2)}: second
- ${a(2)}: third
- ${a(20)}: fourth
`);
const FOUND = [
  { file: "x.test.ts", line: 1, text: `${r(1)} ${a(20)}: both` },
  { file: "y.test.ts", line: 2, text: `${r(1)}: again, and ${r(7)}` },
];

test("each row is printed with the tests that name it, and the last line counts", () => {
  expect(report(BOOK, FOUND, [])).toEqual([
    `${r(1)}    first: of all`,
    `       x.test.ts:1  ${r(1)} ${a(20)}: both`,
    `       y.test.ts:2  ${r(1)}: again, and ${r(7)}`,
    `${r(2)}    second`,
    "       no test",
    `${a(2)}    third`,
    "       no test",
    `${a(20)}   fourth`,
    `       x.test.ts:1  ${r(1)} ${a(20)}: both`,
    "R 1 of 2, A 1 of 2: 2 of 4 rows have a test",
  ]);
});

test("rows are chosen by how their ids begin, and those without a test alone", () => {
  const ids = (...args: string[]) =>
    report(BOOK, FOUND, args).flatMap((line) => /^([A-Z]-\d+) /.exec(line)?.[1] ?? []);
  expect(ids()).toHaveLength(4);
  expect(ids("A")).toEqual([a(2), a(20)]);
  expect(ids(a(2), r(1))).toEqual([r(1), a(2), a(20)]);
  expect(ids("X")).toEqual([]);
  expect(ids("--missing")).toEqual([r(2), a(2)]);
  expect(report(BOOK, FOUND, ["--missing", "A"]).at(-1)).toBe("A 1 of 2: 1 of 2 rows have a test");
});

test("for programs it is one line of JSON", () => {
  const [line = "", ...more] = report(BOOK, FOUND, ["--json", a(20)]);
  const [found] = FOUND;
  expect(more).toEqual([]);
  expect(JSON.parse(line)).toEqual({
    rows: [{ id: a(20), text: "fourth", tests: [found] }],
    summary: "A 1 of 1: 1 of 1 rows have a test",
  });
});

test("a title that names no requirement is a stranger", () => {
  expect(strangers(BOOK, FOUND)).toEqual([`y.test.ts:2: ${r(7)}`]);
});

test("every requirement has one id and a text, and none is missing between", () => {
  const requirements = allRequirements();
  const ids = requirements.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const of = (prefix: string) => ids.filter((id) => id.startsWith(`${prefix}-`));
  const numbered = Array.from({ length: 172 }, (_, n) => r(String(n + 1).padStart(3, "0")));
  expect(of("R")).toEqual(numbered);
  expect(["A", "L", "I", "W"].map((prefix) => of(prefix).length)).toEqual([44, 47, 22, 16]);
});

test("no test names a requirement that does not exist", () => {
  const all = allTitles();
  expect(all.length).toBeGreaterThan(50);
  expect(strangers(allRequirements(), all)).toEqual([]);
});

test("a requirement that has a test in this repository is found to have one", () => {
  expect(report(allRequirements(), allTitles(), [a(24)]).join("\n")).toContain(
    "hub/src/audit/export.test.ts",
  );
});
