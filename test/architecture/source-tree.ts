import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { sep } from "node:path";
import ts from "typescript";

export interface Import {
  /** As it is written: `@fyr/protocol`, `./scan.ts`, `node:fs`. */
  readonly specifier: string;
  /** Gone at run time. */
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  /** The first folder of the path. */
  readonly workspace: string;
  readonly imports: readonly Import[];
}

const SKIPPED = new Set(["node_modules", "dist", "data", "coverage", ".git"]);

/** Paths of all files below `root` that belong to the repository. */
export function filesBelow(root: string): string[] {
  return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    if (!entry.isDirectory()) return entry.isFile() ? [entry.name] : [];
    return filesBelow(join(root, entry.name)).map((path) => join(entry.name, path.split(sep).join("/")));
  });
}

export function sourceTree(root: string, workspaces: readonly string[]): SourceFile[] {
  return workspaces.flatMap((workspace) =>
    filesBelow(join(root, workspace))
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => ({
        path: join(workspace, path),
        workspace,
        imports: importsOf(readFileSync(join(root, workspace, path), "utf8")),
      })),
  );
}

/** The file that a relative import names, from the root of the repository. */
export const target = (file: SourceFile, { specifier }: Import): string | undefined =>
  specifier.startsWith(".") ? normalize(join(dirname(file.path), specifier)) : undefined;

/** `@fyr/agent/testing` → `agent`; undefined for what is not ours. */
export const workspaceOf = (specifier: string): string | undefined => /^@fyr\/([^/]+)/.exec(specifier)?.[1];

/** `@scope/name/part` → `@scope/name`; undefined for relative imports and modules of Node. */
export const packageOf = (specifier: string): string | undefined =>
  /^[.#]|^node:/.test(specifier) ? undefined : /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];

/** Every import, export-from, `import()` and `import("…").Type` of a source text. */
export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  const take = (literal: ts.Node | undefined, typeOnly: boolean) => {
    if (literal && ts.isStringLiteralLike(literal)) found.push({ specifier: literal.text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) take(node.moduleSpecifier, typeOnlyImport(node));
    else if (ts.isExportDeclaration(node)) take(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      take(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      take(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("x.ts", text, ts.ScriptTarget.Latest));
  return found;
}

function typeOnlyImport({ importClause: clause }: ts.ImportDeclaration): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  return (
    !clause.name &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.length > 0 &&
    named.elements.every(({ isTypeOnly }) => isTypeOnly)
  );
}
