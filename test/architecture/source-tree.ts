import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { sep } from "node:path";
import ts from "typescript";

export interface Import {
  /** As it is written: `@fyr/protocol`, `./scan.ts`, `node:fs`. */
  readonly specifier: string;
  /** Gone at run time. */
  readonly typeOnly: boolean;
  /** What is taken from there, and under which name; missing when it may be everything. */
  readonly names?: readonly { readonly name: string; readonly as: string }[];
}

export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  /** The first folder of the path. */
  readonly workspace: string;
  readonly imports: readonly Import[];
  /** Names of values that it exports, but for those of an `export *`. */
  readonly exports: readonly string[];
  /** Holds nothing of its own: every statement exports from another file. */
  readonly isFace: boolean;
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
      .map((path) => {
        const text = readFileSync(join(root, workspace, path), "utf8");
        return { path: join(workspace, path), workspace, ...sourceOf(text) };
      }),
  );
}

/** The file that a relative import names, from the root of the repository. */
export const target = (file: SourceFile, { specifier }: Import): string | undefined =>
  specifier.startsWith(".") ? normalize(join(dirname(file.path), specifier)) : undefined;

/** The file of this repository that an import names, in the same workspace or through a face of another. */
export function resolved(file: SourceFile, entry: Import): string | undefined {
  const [, workspace, face = "index"] = /^@fyr\/([^/]+)(?:\/(.+))?$/.exec(entry.specifier) ?? [];
  return workspace === undefined ? target(file, entry) : `${workspace}/src/${face}.ts`;
}

/** `@fyr/agent/testing` → `agent`; undefined for what is not ours. */
export const workspaceOf = (specifier: string): string | undefined => /^@fyr\/([^/]+)/.exec(specifier)?.[1];

/** `@scope/name/part` → `@scope/name`; undefined for relative imports and modules of Node. */
export const packageOf = (specifier: string): string | undefined =>
  /^[.#]|^node:/.test(specifier) ? undefined : /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];

/** Every import, export-from, `import()` and `import("…").Type` of a source text. */
export function sourceOf(text: string): Pick<SourceFile, "imports" | "exports" | "isFace"> {
  const source = ts.createSourceFile("x.ts", text, ts.ScriptTarget.Latest);
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    const found = importIn(node);
    if (found) imports.push(found);
    ts.forEachChild(node, visit);
  };
  visit(source);
  const isFace =
    source.statements.length > 0 &&
    source.statements.every((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier);
  return { imports, exports: source.statements.flatMap(exportedBy), isFace };
}

/** `export const a`, `export function b`, `export class c` and `export { d }`, from elsewhere too. */
function exportedBy(statement: ts.Statement): string[] {
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause;
    return clause && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : [];
  }
  const open = ts.canHaveModifiers(statement)
    ? ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    : false;
  if (!open) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => namesOf(name));
  }
  const named = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  return named && statement.name ? [statement.name.text] : [];
}

const namesOf = (name: ts.BindingName): string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []));

const textOf = (node: ts.Node | undefined): string | undefined =>
  node && ts.isStringLiteralLike(node) ? node.text : undefined;

function importIn(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node)) return declared(node.moduleSpecifier, node.importClause);
  if (ts.isExportDeclaration(node)) return declared(node.moduleSpecifier, node);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: textOf(node.argument.literal) ?? "", typeOnly: true };
  }
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return undefined;
  const specifier = textOf(node.arguments[0]);
  return specifier === undefined ? undefined : { specifier, typeOnly: false };
}

function declared(from: ts.Node | undefined, clause: ts.ImportClause | ts.ExportDeclaration | undefined) {
  const specifier = textOf(from);
  if (specifier === undefined) return undefined;
  const bindings = clause && (ts.isExportDeclaration(clause) ? clause.exportClause : clause.namedBindings);
  const named =
    bindings && (ts.isNamedImports(bindings) || ts.isNamedExports(bindings)) ? bindings.elements : [];
  const hasDefault = clause && ts.isImportClause(clause) && clause.name !== undefined;
  const values = named.filter(({ isTypeOnly }) => !isTypeOnly);
  const typeOnly = clause?.isTypeOnly === true || (named.length > 0 && values.length === 0 && !hasDefault);
  if (named.length === 0 || hasDefault) return { specifier, typeOnly };
  const names = values.map(({ propertyName, name }) => ({
    name: (propertyName ?? name).text,
    as: name.text,
  }));
  return { specifier, typeOnly, names };
}
