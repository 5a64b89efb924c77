import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { ARROWS, BESIDE_CORES, CORES, WORLD } from "./house.ts";
import {
  coreFiles,
  cycles,
  forkedVersions,
  impureCores,
  looseVersions,
  machinePaths,
  type Manifest,
  openedFaces,
  outsideCores,
  turnedArrows,
  unexplainedDependencies,
} from "./rules.ts";
import { filesBelow, sourceOf, sourceTree } from "./source-tree.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const workspaces = Object.keys(ARROWS);
const read = (path: string) => readFileSync(join(root, path), "utf8");

const planted = mkdtempSync(join(tmpdir(), "fyr-planted-"));
afterAll(() => rmSync(planted, { recursive: true }));

/** The tree of a small repository with just these files. */
function plant(files: Readonly<Record<string, string>>) {
  rmSync(planted, { recursive: true, force: true });
  for (const workspace of workspaces) mkdirSync(join(planted, workspace), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(planted, path)), { recursive: true });
    writeFileSync(join(planted, path), text);
  }
  return sourceTree(planted, workspaces);
}

describe("this repository", () => {
  const tree = sourceTree(root, workspaces);
  const manifests = [
    "package.json",
    ...Object.keys(ARROWS)
      .filter((name) => name !== "scripts")
      .map((name) => `${name}/package.json`),
  ].map((path) => JSON.parse(read(path)) as Manifest);

  test("has sources to judge", () => {
    expect(tree.length).toBeGreaterThan(50);
    expect(tree.flatMap(({ imports }) => imports).length).toBeGreaterThan(100);
    for (const core of CORES) expect(coreFiles(tree, [core]), core.path).not.toEqual([]);
    for (const { path } of BESIDE_CORES)
      expect(
        tree.some((file) => file.path.startsWith(path)),
        path,
      ).toBe(true);
  });
  test("keeps its arrows", () => expect(turnedArrows(tree)).toEqual([]));
  test("declares no dependency against its arrows", () => {
    const asTree = manifests.slice(1).map((manifest) => ({
      path: `${manifest.name}/package.json`,
      workspace: manifest.name.replace("@fyr/", ""),
      imports: Object.keys(manifest.dependencies ?? {}).map((specifier) => ({ specifier, typeOnly: false })),
      exports: [],
      isFace: false,
    }));
    expect(turnedArrows(asTree)).toEqual([]);
  });
  test("is entered through public faces only", () => expect(openedFaces(tree)).toEqual([]));
  test("has no cycles", () => expect(cycles(tree)).toEqual([]));
  test("has pure cores", () => expect(impureCores(tree, CORES)).toEqual([]));
  test("runs nothing in the world but its cores, and what is named beside them", () => {
    expect(tree.map(({ path }) => path)).toContain(WORLD);
    expect(outsideCores(tree, WORLD, CORES, BESIDE_CORES)).toEqual([]);
    const unused = BESIDE_CORES.filter(({ path }) => {
      const others = BESIDE_CORES.filter((place) => place.path !== path);
      return outsideCores(tree, WORLD, CORES, others).length === 0;
    });
    expect(unused).toEqual([]);
  });
  test("pins every version", () => expect(looseVersions(manifests)).toEqual([]));
  test("has one version of each package", () => expect(forkedVersions(manifests)).toEqual([]));
  test("gives a reason for every dependency", () => {
    expect(unexplainedDependencies(manifests, read("docs/dependencies.md"))).toEqual([]);
  });
  test("names no machine's folders", () => {
    const files = filesBelow(root).filter((path) => /\.(tsx?|js|json|md|ya?ml)$|^\.ci\/run$/.test(path));
    expect(machinePaths(files.map((path) => ({ path, text: read(path) })))).toEqual([]);
  });
});

describe("a planted fault is found:", () => {
  test.each([
    ["protocol/src/x.ts", 'import { fakeClock } from "@fyr/runtime";'],
    ["agent/src/x.ts", 'import type { Hub } from "@fyr/hub";'],
    ["agent/src/x.test.ts", 'import { simulate } from "@fyr/simulator";'],
    ["simulator/src/x.ts", 'export * from "@fyr/hub";'],
    ["hub/src/x.ts", 'const agent = await import("@fyr/agent");'],
    ["certs/src/x.ts", 'export type A = import("@fyr/agent").Agent;'],
  ])("a turned arrow in %s", (path, text) => {
    expect(turnedArrows(plant({ [path]: text }))).toEqual([
      expect.stringContaining(`${path} may not import`),
    ]);
  });

  test.each([
    ["agent/src/x.ts", 'import { scalars } from "@fyr/protocol/src/scalars.ts";'],
    ["agent/src/x.ts", 'import { scalars } from "../../protocol/src/scalars.ts";'],
    ["agent/src/x.ts", 'import { fakeClock } from "@fyr/runtime/testing";'],
    ["agent/src/x.ts", 'import "@fyr/runtime/require-node";'],
  ])("a way around a public face in %s: %s", (path, text) => {
    expect(openedFaces(plant({ [path]: text }))).toHaveLength(1);
  });

  test.each([
    ["agent/src/x.test.ts", 'import { fakeClock } from "@fyr/runtime/testing";'],
    ["agent/src/testing.ts", 'import { fakeClock } from "@fyr/runtime/testing";'],
    ["simulator/src/site.ts", 'import { agent } from "@fyr/agent/testing";'],
    ["agent/src/main.ts", 'import "@fyr/runtime/require-node";'],
    ["agent/src/x/y.ts", 'import { z } from "../z.ts";'],
  ])("but none in %s: %s", (path, text) => {
    expect(openedFaces(plant({ [path]: text }))).toEqual([]);
  });

  test("a cycle at run time, told once with its way", () => {
    const tree = plant({
      "hub/src/a.ts": 'import { b } from "./fleet/b.ts";',
      "hub/src/fleet/b.ts": 'export { c } from "./c.ts";',
      "hub/src/fleet/c.ts": 'const { a } = await import("../a.ts");',
      "hub/src/d.ts": 'import { a } from "./a.ts"; import { e } from "./e.ts";',
      "hub/src/e.ts": 'import type { D } from "./d.ts";',
    });
    expect(cycles(tree)).toEqual(["hub/src/a.ts → hub/src/fleet/b.ts → hub/src/fleet/c.ts → hub/src/a.ts"]);
  });

  test.each([
    ["protocol/src/x.ts", 'import { createHash } from "node:crypto";'],
    ["protocol/src/x.ts", 'import yaml from "yaml";'],
    ["agent/src/upgrade/x.ts", 'import { readFile } from "node:fs/promises";'],
    ["agent/src/upgrade/x.ts", 'import { readFileSync } from "fs";'],
    ["agent/src/upgrade/x.ts", 'import Database from "better-sqlite3";'],
    ["hub/src/upgrades/deep/x.ts", 'export const sql = await import("kysely");'],
  ])("an impure core in %s: %s", (path, text) => {
    expect(impureCores(plant({ [path]: text }), CORES)).toEqual([expect.stringContaining(`by ${path}`)]);
  });

  test("a core that reaches the disk through another file", () => {
    const tree = plant({
      "agent/src/upgrade/x.ts": 'import { z } from "../y.ts";',
      "agent/src/y.ts": 'export { z } from "./store/z.ts";',
      "agent/src/store/z.ts": 'import Database from "better-sqlite3";',
    });
    expect(impureCores(tree, CORES)).toEqual([
      "the core agent/src/upgrade reaches better-sqlite3 by agent/src/store/z.ts",
    ]);
  });

  test("a core that takes the disk through a face, and none that takes something else there", () => {
    const files = {
      "agent/src/store/index.ts": 'export { disk as real } from "./disk.ts"; export { Row } from "./row.ts";',
      "agent/src/store/disk.ts": 'import "node:fs"; export const disk = 1;',
      "agent/src/store/row.ts": "export const Row = 1;",
    };
    const core = "agent/src/upgrade/x.ts";
    const through = (text: string) => impureCores(plant({ ...files, [core]: text }), CORES);
    const reachesDisk = ["the core agent/src/upgrade reaches node:fs by agent/src/store/disk.ts"];
    expect(through('import { real as r } from "../store/index.ts";')).toEqual(reachesDisk);
    expect(through('import * as store from "../store/index.ts";')).toEqual(reachesDisk);
    expect(through('import { Row } from "../store/index.ts";')).toEqual([]);
    expect(through('import { Row, type real } from "../store/index.ts";')).toEqual([]);
  });

  test("a core that reaches the disk through the face of another workspace, by an export of everything", () => {
    const files = {
      "runtime/src/index.ts": 'export * from "./files.ts"; export * from "./pure.ts";',
      "runtime/src/files.ts": 'import "node:fs"; export const files = 1;',
      "runtime/src/pure.ts": "export const [pure] = [1]; export function also() {}",
    };
    const core = "hub/src/upgrades/x.ts";
    const through = (text: string) => impureCores(plant({ ...files, [core]: text }), CORES);
    expect(through('import { files } from "@fyr/runtime";')).toEqual([
      "the core hub/src/upgrades reaches node:fs by runtime/src/files.ts",
    ]);
    expect(through('import * as all from "@fyr/runtime";')).toHaveLength(1);
    expect(through('import { also, pure } from "@fyr/runtime";')).toEqual([]);
  });

  test("an edge in a core's folder is no part of it, and a core beside it is judged by itself", () => {
    const files = {
      "agent/src/vapix/wire/node.ts": 'import "node:net";',
      "agent/src/discovery/x.ts": 'import "p-queue";',
    };
    const through = (text: string) => impureCores(plant({ ...files, "agent/src/vapix/x.ts": text }), CORES);
    expect(through("")).toEqual([]);
    expect(through('import "../discovery/x.ts";')).toEqual([]);
    expect(through('import "p-queue";')).toHaveLength(1);
    expect(through('import "./wire/node.ts";')).toEqual([
      "the core agent/src/vapix reaches node:net by agent/src/vapix/wire/node.ts",
    ]);
  });

  test("a file that the world runs and no core holds", () => {
    const tree = plant({
      "test/world/sealed.ts": 'import "./run.ts";',
      "test/world/run.ts":
        'import { createHub } from "@fyr/hub"; import { FakeClock } from "@fyr/runtime/testing";',
      "hub/src/index.ts": 'export { createHub } from "./hub.ts"; export { real } from "./real.ts";',
      "hub/src/real.ts": "export const real = 1;",
      "hub/src/hub.ts": 'import "./new.ts"; import "./store/a.ts"; import "./fleet/b.ts";',
      "hub/src/new.ts": 'import "./newer.ts";',
      "hub/src/newer.ts": "",
      "hub/src/store/a.ts": "",
      "hub/src/fleet/b.ts": "",
    });
    const found = outsideCores(tree, WORLD, CORES, BESIDE_CORES);
    expect(found).toEqual(["hub/src/new.ts", "hub/src/newer.ts"]);
  });

  test("but none where only types, tests, hashes or pure files elsewhere are concerned", () => {
    const tree = plant({
      "protocol/src/x.ts": 'import { z } from "zod"; import { y } from "./y.ts";',
      "agent/src/upgrade/x.ts":
        'import type { Journal } from "../store/z.ts"; import { createHash } from "node:crypto"; import "../y.ts";',
      "agent/src/upgrade/x.test.ts": 'import { openJournal } from "../store/z.ts";',
      "agent/src/y.ts": 'import { Fault } from "@fyr/protocol";',
      "agent/src/store/z.ts": 'import Database from "better-sqlite3";',
    });
    expect(impureCores(tree, CORES)).toEqual([]);
  });

  test.each(["^1.2.3", "~1.2.3", "1.2", "*", "latest", ">=1.0.0", "1.x", "file:../x"])(
    "a loose version %s",
    (version) => {
      expect(looseVersions([{ name: "hub", devDependencies: { zod: version } }])).toHaveLength(1);
      expect(looseVersions([{ name: "hub", dependencies: { zod: "1.2.3-beta.4" } }])).toEqual([]);
    },
  );

  test("two versions of one package", () => {
    const manifests = [
      { name: "a", dependencies: { zod: "4.0.0" } },
      { name: "b", optionalDependencies: { zod: "4.0.1" } },
    ];
    expect(forkedVersions(manifests)).toEqual(["zod is asked for as 4.0.0 and 4.0.1"]);
  });

  test("a dependency without a reason, and a reason without a dependency", () => {
    const manifests = [
      { name: "a", dependencies: { zod: "4.0.0", yaml: "2.0.0", "@fyr/protocol": "0.1.0" } },
    ];
    const document =
      "| package | used by | why |\n| --- | --- | --- |\n| `zod` | a | checks |\n| `yaml` | a | |\n| `left` | b | x |";
    expect(unexplainedDependencies(manifests, document)).toEqual(["yaml has no reason", "left is gone"]);
  });

  test("a folder of one machine", () => {
    const folder = ["", "home", "someone", "fyr"].join("/");
    const files = [
      { path: "a.ts", text: `one\nconst data = "${folder}";` },
      { path: "b.md", text: "see https://example.com/home/page and /var/lib/fyr-hub and src/root/x" },
    ];
    expect(machinePaths(files)).toEqual(["a.ts:2 names a folder of one machine"]);
  });
});

test("every way to import is seen, and what is only a type is known", () => {
  const text = `import a, { type B } from "a"; import type { C } from "c"; import { type D, type E } from "d";
    import "side"; export * from "all"; export type { F } from "f"; const g = await import("g");
    type H = import("h").H; const text = 'import "not"'; // import "nor"`;
  const { imports, isFace } = sourceOf(text);
  const seen = imports.map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? " (type)" : ""}`);
  expect(seen).toEqual(["a", "c (type)", "d (type)", "side", "all", "f (type)", "g", "h (type)"]);
  expect(isFace).toBe(false);
});

test("a face holds nothing of its own, and its names are known", () => {
  const { imports, isFace } = sourceOf('export { a as b, type C } from "./a.ts"; export * from "./d.ts";');
  expect(isFace).toBe(true);
  expect(imports.map(({ names }) => names)).toEqual([[{ name: "a", as: "b" }], undefined]);
});
