/**
 * Runs each planted bug of the ledger against random histories and a race, all in this one process: a bug is an edit
 * of a source as it is loaded, so nothing is copied and no runner is started. Prints what each bug breaks as one JSON
 * object, bug by bug; `""` is the sources as they are.
 */
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import { keptBugs, type NamedBug } from "./kept-bugs.ts";

const ROOT = new URL("../../", import.meta.url).href;
const bugs = new Map((await keptBugs()).map((bug) => [bug.name, bug]));

/** The bug that a module is loaded with, which it hands on to what it imports. */
const bugOf = (url: string | undefined): string | null =>
  url === undefined ? null : new URL(url).searchParams.get("bug");

function edited(url: string, { edits }: Pick<NamedBug, "edits">): string {
  const path = fileURLToPath(new URL(url).href.replace(/\?.*$/, ""));
  let text = readFileSync(path, "utf8");
  for (const { file, find, replace } of edits) {
    if (new URL(file, ROOT).pathname !== new URL(url).pathname) continue;
    const parts = text.split(find);
    if (parts.length !== 2)
      throw new Error(`the text to change stands ${parts.length - 1} times in ${file}, not once`);
    text = parts.join(replace);
  }
  return text;
}

registerHooks({
  resolve(specifier, context, next) {
    const conditions = ["source", ...context.conditions];
    const found = next(specifier, { ...context, conditions });
    const bug = bugOf(context.parentURL);
    const ours = found.url.startsWith(`${ROOT}hub/src/`);
    return bug !== null && ours ? { ...found, url: `${found.url}?bug=${bug}` } : found;
  },
  load(url, context, next) {
    if (!url.startsWith(ROOT) || !/\.ts(\?|$)/.test(url)) return next(url, context);
    const source = edited(url, bugs.get(bugOf(url) ?? "") ?? { edits: [] });
    return {
      format: "module",
      shortCircuit: true,
      source: stripTypeScriptTypes(source, { mode: "transform" }),
    };
  },
});

const HISTORIES = 20;

/** What is asked of the loaded sources; their face would load all of the hub with each bug. */
interface Broken {
  readonly id: string;
}
interface Histories {
  histories(count: number): object[];
  brokenIn(walked: object): Broken[];
}
interface Store {
  close(): Promise<void>;
}
interface Races {
  race(store: Store, seed: number): Promise<{ readonly broken: readonly Broken[] }>;
}
interface Stores {
  freshStore(): Promise<Store>;
}

const load = (file: string, bug: string): Promise<unknown> =>
  import(`${ROOT}hub/src/testing/${file}?bug=${bug}`);

async function inHistories(bug: string): Promise<string[]> {
  const { histories, brokenIn } = (await load("licence-histories.ts", bug)) as Histories;
  return histories(HISTORIES).flatMap((walked) => brokenIn(walked).map(({ id }) => id));
}

async function inRace(bug: string): Promise<string[]> {
  const { race } = (await load("licence-races.ts", bug)) as Races;
  const { freshStore } = (await load("store-over.ts", bug)) as Stores;
  const store = await freshStore();
  const { broken } = await race(store, 1);
  await store.close();
  return broken.map(({ id }) => id);
}

const RUNS = { histories: inHistories, race: inRace } as const;

/** What is broken with a bug, in what it says catches it; an error is no verdict. */
async function verdict(bug: string, kinds: readonly (keyof typeof RUNS)[]) {
  const began = performance.now();
  try {
    const broken: string[] = [];
    for (const kind of kinds) broken.push(...(await RUNS[kind](bug)));
    return { broken: [...new Set(broken)], ms: Math.round(performance.now() - began) };
  } catch (error) {
    return { broken: [], error: String((error as Error).stack), ms: Math.round(performance.now() - began) };
  }
}

const only = process.argv.slice(2);
const verdicts: Record<string, Awaited<ReturnType<typeof verdict>>> = {};
if (only.length === 0) verdicts[""] = await verdict("", ["histories", "race"]);
for (const { name, caughtBy } of bugs.values()) {
  const kinds = caughtBy.flatMap((by) => (by.kind === "ledger" ? [by.in] : []));
  if (kinds.length > 0 && (only.length === 0 || only.includes(name)))
    verdicts[name] = await verdict(name, kinds);
}
process.stdout.write(`${JSON.stringify(verdicts)}\n`, () => process.exit(0));
