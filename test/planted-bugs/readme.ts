import { format } from "prettier";
import { sayCatcher } from "./catch.ts";
import type { NamedBug } from "./kept-bugs.ts";

const HEAD = `# Planted bugs

Mistakes that somebody could make, kept as data: the test of the tests. Each file of \`bugs/\` changes the sources and
names the test, or the seed of the world, that must turn red. \`planted-bugs.test.ts\` applies each in turn to a private copy,
runs whom it names, and wants a verdict: a failed assertion or a broken invariant, not a crash of the copy. Where the code
moved on and a change no longer fits, it fails and says so. With \`FYR_LONG=1\` every bug meets every test that any of
them names, and the whole world. The ledger's bugs need no copy: one process loads the sources with each of them in turn
and runs random histories or a race (\`ledger-main.ts\`; \`node --conditions=source --import tsx
test/planted-bugs/ledger-main.ts NAME\` runs one).

To add one: a file in \`bugs/\`, then \`npx vitest run test/planted-bugs -u\`, which writes this table. A bug that nobody
catches is a test to be written first.

`;

const cell = (text: string): string => text.replaceAll("|", String.raw`\|`);

/** What stands in README.md, from the bugs themselves. */
export function readme(bugs: readonly NamedBug[]): Promise<string> {
  const rows = bugs.map(
    ({ name, why, caughtBy }) =>
      `| \`${name}\` | ${cell(why)} | ${caughtBy.map((by) => cell(sayCatcher(by))).join("<br>")} |`,
  );
  const table = ["| bug | what it does | caught by |", "| --- | --- | --- |", ...rows].join("\n");
  return format(`${HEAD}${table}\n`, { parser: "markdown", printWidth: 110 });
}
