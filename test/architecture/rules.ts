import { ARROWS, type Core, MAY_REQUIRE_NODE, MAY_USE_TESTING_FACES } from "./house.ts";
import { type Import, packageOf, resolved, type SourceFile, target, workspaceOf } from "./source-tree.ts";

/** Each rule takes a tree and names, in one sentence each, what breaks it. */

const isTest = (path: string): boolean => /\.(test|contract)\.ts$|\/testing(\.ts|\/)/.test(path);

export const turnedArrows = (tree: readonly SourceFile[]): string[] =>
  tree.flatMap((file) =>
    file.imports
      .map(({ specifier }) => workspaceOf(specifier))
      .filter((to) => to !== undefined && to !== file.workspace && !ARROWS[file.workspace]?.includes(to))
      .map((to) => `${file.path} may not import ${to}`),
  );

export const openedFaces = (tree: readonly SourceFile[]): string[] =>
  tree.flatMap((file) =>
    file.imports.flatMap((entry) => {
      const { specifier } = entry;
      const [, , part] = workspaceOf(specifier) ? specifier.split(/^(@fyr\/[^/]+)\/?/) : [];
      const leaves = target(file, entry)?.startsWith(`${file.workspace}/`) === false;
      const allowed =
        !part ||
        (part === "testing" && MAY_USE_TESTING_FACES.test(file.path)) ||
        (part === "require-node" && MAY_REQUIRE_NODE.test(file.path));
      const reason = leaves ? "leaves its workspace" : "reaches behind a public face";
      return leaves || !allowed ? [`${file.path} ${reason}: ${specifier}`] : [];
    }),
  );

/** Each ring of files that import each other at run time; a type may point back to who uses it. */
export function cycles(tree: readonly SourceFile[]): string[] {
  const byPath = new Map(tree.map((file) => [file.path, file]));
  const state = new Map<string, "open" | "done">();
  const found: string[] = [];
  const walk = (file: SourceFile, way: readonly string[]): void => {
    if (state.get(file.path) === "done") return;
    const start = way.indexOf(file.path);
    if (start >= 0) return void found.push([...way.slice(start), file.path].join(" → "));
    state.set(file.path, "open");
    for (const entry of file.imports.filter(({ typeOnly }) => !typeOnly)) {
      const next = byPath.get(target(file, entry) ?? "");
      if (next) walk(next, [...way, file.path]);
    }
    state.set(file.path, "done");
  };
  for (const file of tree) walk(file, []);
  return found;
}

/** Whether a path is this file, or lies in this folder. */
const isIn = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

const isOf = (core: Core, { path }: SourceFile): boolean =>
  isIn(path, core.path) && !core.without.some((edge) => isIn(path, edge)) && !isTest(path);

/**
 * What these files import at run time, and what those import, as far as it is in the repository and not behind
 * `boundary`. Of a face, which only exports from elsewhere, just what is taken through it.
 */
function reached(
  tree: readonly SourceFile[],
  from: readonly SourceFile[],
  boundary: (file: SourceFile) => boolean = () => false,
): SourceFile[] {
  const byPath = new Map(tree.map((file) => [file.path, file]));
  const fileOf = (file: SourceFile, entry: Import) => byPath.get(resolved(file, entry) ?? "");
  const offers = (file: SourceFile | undefined, name: string): boolean =>
    file !== undefined &&
    (file.exports.includes(name) ||
      (file.isFace && file.imports.some((entry) => !entry.names && offers(fileOf(file, entry), name))));
  /** What a face exports from one place, of the names that are wanted; everything when `wanted` is missing. */
  const narrowed = (face: SourceFile, entry: Import, wanted: readonly string[] | undefined): Import => {
    if (wanted === undefined) return entry;
    const names = entry.names
      ? entry.names.filter(({ as }) => wanted.includes(as))
      : wanted.filter((name) => offers(fileOf(face, entry), name)).map((name) => ({ name, as: name }));
    return { ...entry, names };
  };
  const found = new Set(from);
  const throughFaces: SourceFile[] = [];
  const follow = (file: SourceFile, entry: Import): void => {
    const next = entry.typeOnly ? undefined : fileOf(file, entry);
    if (!next?.isFace) return void (next && !boundary(next) && found.add(next));
    const wanted = entry.names?.map(({ name }) => name);
    const imports = next.imports
      .map((inner) => narrowed(next, inner, wanted))
      .filter(({ typeOnly, names }) => !typeOnly && names?.length !== 0);
    throughFaces.push({ ...next, imports });
    for (const inner of imports) follow(next, inner);
  };
  for (const file of found) for (const entry of file.imports) follow(file, entry);
  return [...found, ...throughFaces];
}

/** Not ours, and not among what the core may use. */
const isForeign = ({ specifier, typeOnly }: Import, { packages, modules }: Core): boolean => {
  if (typeOnly || specifier.startsWith(".") || workspaceOf(specifier)) return false;
  if (!specifier.startsWith("node:")) return !packages.includes(packageOf(specifier) ?? "");
  return !modules.includes(specifier);
};

/** Every core is judged by what it may use; what it reaches of another core is judged there. */
export const impureCores = (tree: readonly SourceFile[], cores: readonly Core[]): string[] =>
  cores.flatMap((core) => {
    const own = tree.filter((file) => isOf(core, file) && !file.isFace);
    const isOthers = (file: SourceFile) => cores.some((other) => other !== core && isOf(other, file));
    return reached(tree, own, isOthers).flatMap((file) =>
      file.imports
        .filter((entry) => isForeign(entry, core))
        .map(({ specifier }) => `the core ${core.path} reaches ${specifier} by ${file.path}`),
    );
  });

/** The files of the cores themselves. */
export const coreFiles = (tree: readonly SourceFile[], cores: readonly Core[]): string[] =>
  tree.filter((file) => cores.some((core) => isOf(core, file))).map(({ path }) => path);

/** What this file reaches that is in no core, and in no place that is named beside them. */
export function outsideCores(
  tree: readonly SourceFile[],
  root: string,
  cores: readonly Core[],
  places: readonly { readonly path: string }[],
): string[] {
  const from = tree.filter(({ path }) => path === root);
  return reached(tree, from)
    .filter((file) => !file.isFace && !cores.some((core) => isOf(core, file)))
    .filter(({ path }) => !places.some((place) => isIn(path, place.path)))
    .map(({ path }) => path);
}

export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const allOf = (manifest: Manifest): [name: string, version: string][] =>
  [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap((group) =>
    Object.entries(group ?? {}),
  );

export const looseVersions = (manifests: readonly Manifest[]): string[] =>
  manifests.flatMap((manifest) =>
    allOf(manifest)
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${manifest.name} asks for ${name} ${version}, which is not one version`),
  );

/** A package that stands in several workspaces has one version in all of them. */
export function forkedVersions(manifests: readonly Manifest[]): string[] {
  const versions = new Map<string, Set<string>>();
  for (const [name, version] of manifests.flatMap(allOf)) {
    versions.set(name, (versions.get(name) ?? new Set()).add(version));
  }
  return [...versions]
    .filter(([, found]) => found.size > 1)
    .map(([name, found]) => `${name} is asked for as ${[...found].sort().join(" and ")}`);
}

/** `document` has a table row for each dependency: name, who uses it, why. */
export function unexplainedDependencies(manifests: readonly Manifest[], document: string): string[] {
  const rows = document.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const explained = new Map(
    rows.flatMap(([, name = "", , reason = ""]) => {
      const quoted = /^`(.+)`$/.exec(name)?.[1];
      return quoted ? [[quoted, reason] as const] : [];
    }),
  );
  const used = new Set(
    manifests
      .flatMap(allOf)
      .map(([name]) => name)
      .filter((name) => !workspaceOf(name)),
  );
  const missing = [...used].filter((name) => !explained.get(name)).map((name) => `${name} has no reason`);
  const stale = [...explained.keys()].filter((name) => !used.has(name)).map((name) => `${name} is gone`);
  return [...missing, ...stale];
}

const ABSOLUTE_HOME = new RegExp(`(?<![\\w.])/(${["home", "work", "root", "Users"].join("|")})/[\\w.-]`);

/** Lines that name a folder of one person's machine. */
export const machinePaths = (files: readonly { path: string; text: string }[]): string[] =>
  files.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, at) =>
        ABSOLUTE_HOME.test(line) ? [`${path}:${at + 1} names a folder of one machine`] : [],
      ),
  );
