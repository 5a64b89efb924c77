import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One change of one source file, as data. */
export interface Edit {
  /** From the root of the repository, with forward slashes. */
  readonly file: string;
  /** Text that stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

export interface SourceCopy {
  /** The root of the copy: programs, tests and tools run in it as they do in the repository. */
  readonly folder: string;
  /** Does work while the sources are changed, and puts them back. @throws Error when an edit does not fit */
  changed<T>(edits: readonly Edit[], work: () => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What is made from the sources, or belongs to one machine. */
const LEFT_OUT = new Set(["node_modules", "dist", "data", "coverage", ".git"]);

/** Our own packages, which must be those of the copy. */
const OURS = "@fyr";

/**
 * Copies the sources of the repository to a temporary folder and changes them there. Packages are the repository's
 * own, through links; `@fyr/*` is the copy.
 *
 * @throws Error when an edit does not fit, and leaves nothing behind: an edit that changes nothing would prove nothing
 */
export async function sourceCopy({
  edits = [],
}: { readonly edits?: readonly Edit[] } = {}): Promise<SourceCopy> {
  const folder = await mkdtemp(join(tmpdir(), "fyr-copy-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await copySources(folder);
    await linkPackages(folder);
    for (const edit of edits) await apply(folder, edit);
    return { folder, changed: (planted, work) => changed(folder, planted, work), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function copySources(folder: string): Promise<void> {
  for (const entry of await readdir(ROOT)) {
    if (LEFT_OUT.has(entry)) continue;
    const isKept = (path: string) =>
      !path
        .slice(ROOT.length)
        .split(/[\\/]/)
        .some((name) => LEFT_OUT.has(name));
    await cp(join(ROOT, entry), join(folder, entry), { recursive: true, filter: isKept });
  }
}

async function linkPackages(folder: string): Promise<void> {
  const from = join(ROOT, "node_modules");
  const to = join(folder, "node_modules");
  await mkdir(join(to, OURS), { recursive: true });
  // What begins with a dot is the scratch of tools, but for the commands.
  const packages = (await readdir(from)).filter((name) => name === ".bin" || !name.startsWith("."));
  const links = packages.filter((name) => name !== OURS).map((name) => [join(from, name), join(to, name)]);
  const ours = (await readdir(join(from, OURS))).map((name) => [join(folder, name), join(to, OURS, name)]);
  // Windows lets anyone make junctions, but not links.
  for (const [target = "", path = ""] of [...links, ...ours]) await symlink(target, path, "junction");
}

async function changed<T>(folder: string, edits: readonly Edit[], work: () => Promise<T>): Promise<T> {
  const paths = [...new Set(edits.map(({ file }) => join(folder, file)))];
  const before = await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const));
  try {
    for (const edit of edits) await apply(folder, edit);
    return await work();
  } finally {
    await Promise.all(before.map(([path, text]) => writeFile(path, text)));
  }
}

async function apply(folder: string, { file, find, replace }: Edit): Promise<void> {
  const path = join(folder, file);
  const parts = (await readFile(path, "utf8")).split(find);
  if (find === "" || parts.length !== 2)
    throw new Error(`the text to change stands ${parts.length - 1} times in ${file}, not once: ${find}`);
  await writeFile(path, parts.join(replace));
}
