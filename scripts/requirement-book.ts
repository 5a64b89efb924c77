import ts from "typescript";

/** One thing that the product has to do, as docs/requirements.md has it. */
export interface Requirement {
  readonly id: string;
  readonly text: string;
}

/** The name of a test or of a group of tests. */
export interface Title {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

interface Row extends Requirement {
  readonly tests: readonly Title[];
}

const ROW = /^- ([A-Z]+-\d+): (.+)$/;
const ID = /(?<![\w-])[RALIW]-\d+(?!\w|-\w)/g;

export const readRequirements = (markdown: string): Requirement[] =>
  markdown.split("\n").flatMap((line) => {
    const [, id, text] = ROW.exec(line) ?? [];
    return id !== undefined && text !== undefined ? [{ id, text }] : [];
  });

/** The ids in a title, each as it stands there: there are no ranges. */
export const idsIn = (title: string): string[] => [...new Set(title.match(ID))];

/** Each requirement with the titles that name it. */
function matched(requirements: readonly Requirement[], titles: readonly Title[]): Row[] {
  const byId = Map.groupBy(
    titles.flatMap((title) => idsIn(title.text).map((id) => ({ id, title }))),
    ({ id }) => id,
  );
  return requirements.map((row) => ({ ...row, tests: (byId.get(row.id) ?? []).map(({ title }) => title) }));
}

/** Titles that name what is no requirement. */
export const strangers = (requirements: readonly Requirement[], titles: readonly Title[]): string[] => {
  const known = new Set(requirements.map(({ id }) => id));
  return titles.flatMap(({ file, line, text }) =>
    idsIn(text)
      .filter((id) => !known.has(id))
      .map((id) => `${file}:${line}: ${id}`),
  );
};

const RUNNERS = new Set(["test", "it", "describe"]);

/** The titles of all tests and groups in a source; those of a table of cases come from the table. */
export function titlesIn(file: string, source: string): Title[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const titles: Title[] = [];
  const keep = (node: ts.Node, text: string) =>
    titles.push({ file, line: tree.getLineAndCharacterOfPosition(node.getStart()).line + 1, text });
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && runnerOf(node.expression)) {
      const [first] = node.arguments;
      const text = first && textOf(first);
      if (text !== undefined && first) keep(first, text);
      for (const cell of tablesOf(node.expression).flatMap((table) => textsIn(table, tree)))
        if (idsIn(cell.text).length > 0) keep(cell.node, cell.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return titles;
}

/** Whether this is `test`, `test.each(…)`, `describe.skipIf(…)` and the like, about to be called with a title. */
function runnerOf(called: ts.Expression): boolean {
  if (ts.isIdentifier(called)) return RUNNERS.has(called.text);
  if (ts.isPropertyAccessExpression(called)) return runnerOf(called.expression);
  return ts.isCallExpression(called) && runnerOf(called.expression);
}

/** What `each` was given on the way to this call. */
function tablesOf(called: ts.Expression): ts.Expression[] {
  if (!ts.isCallExpression(called)) return [];
  const { expression, arguments: given } = called;
  const isEach = ts.isPropertyAccessExpression(expression) && expression.name.text === "each";
  const before = ts.isPropertyAccessExpression(expression) ? tablesOf(expression.expression) : [];
  return isEach ? [...before, ...given] : before;
}

/** A text that is written out; what is only known when the test runs stands as an ellipsis. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join("");
  if (!ts.isBinaryExpression(node)) return undefined;
  return `${textOf(node.left) ?? "…"}${textOf(node.right) ?? "…"}`;
}

interface Text {
  readonly node: ts.Node;
  readonly text: string;
}

/** All texts in a table, names of members among them; a table that stands elsewhere in the file is looked up there. */
function textsIn(table: ts.Node, tree: ts.SourceFile): Text[] {
  const found: Text[] = [];
  const seen = new Set<ts.Node>();
  const visit = (node: ts.Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const text = ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) ? textOf(node) : undefined;
    if (text !== undefined) found.push({ node, text });
    const declared = ts.isIdentifier(node) ? declarationOf(node.text, tree) : undefined;
    if (declared) visit(declared);
    ts.forEachChild(node, visit);
  };
  visit(table);
  return found;
}

function declarationOf(name: string, tree: ts.SourceFile): ts.Expression | undefined {
  for (const statement of tree.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name: found, initializer } of statement.declarationList.declarations)
      if (ts.isIdentifier(found) && found.text === name) return initializer;
  }
  return undefined;
}

const prefixOf = (id: string): string => id.split("-", 1)[0] ?? id;

/** `R 20 of 172, A 12 of 44: 32 of 216 rows have a test`. */
function summaryOf(rows: readonly Row[]): string {
  const proven = (some: readonly Row[]) =>
    `${some.filter(({ tests }) => tests.length > 0).length} of ${some.length}`;
  const parts = [...Map.groupBy(rows, ({ id }) => prefixOf(id))].map(
    ([prefix, some]) => `${prefix} ${proven(some)}`,
  );
  return `${parts.join(", ")}: ${proven(rows)} rows have a test`;
}

/** The rows whose ids begin like one of `prefixes`: `R` is all of R, `A-2` is. */
const chosen = (rows: readonly Row[], prefixes: readonly string[]): Row[] =>
  rows.filter(({ id }) => prefixes.length === 0 || prefixes.some((prefix) => isBelow(id, prefix)));

const isBelow = (id: string, prefix: string): boolean =>
  prefix.includes("-") ? id.startsWith(prefix) : prefixOf(id) === prefix;

const told = ({ id, text, tests }: Row): string[] => [
  `${id.padEnd(6)} ${text}`,
  ...(tests.length === 0 ? ["       no test"] : []),
  ...tests.map((title) => `       ${title.file}:${title.line}  ${title.text}`),
];

/**
 * The lines that `npm run requirements` prints.
 *
 * @param args `--missing` leaves out what has a test, `--json` makes one line of it; others are prefixes of ids
 */
export function report(
  requirements: readonly Requirement[],
  titles: readonly Title[],
  args: readonly string[],
): string[] {
  const prefixes = args.filter((arg) => !arg.startsWith("--"));
  const rows = chosen(matched(requirements, titles), prefixes);
  const shown = args.includes("--missing") ? rows.filter(({ tests }) => tests.length === 0) : rows;
  const summary = summaryOf(rows);
  return args.includes("--json")
    ? [JSON.stringify({ rows: shown, summary })]
    : [...shown.flatMap(told), summary];
}
