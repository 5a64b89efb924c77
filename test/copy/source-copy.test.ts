import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { sourceCopy, type SourceCopy } from "./index.ts";

const run = promisify(execFile);
const copies: SourceCopy[] = [];
afterAll(() => Promise.all(copies.map(({ remove }) => remove())));

const SYNCHRONOUS = {
  file: "hub/src/store/sqlite.ts",
  find: "synchronous = full",
  replace: "synchronous = off",
};

test("programs in a copy run the changed source, by every way in, and the repository keeps its own", async () => {
  const file = "protocol/src/index.ts";
  const original = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const [first = ""] = (await readFile(original, "utf8")).split("\n");
  const replace = `export const changedHere = "changed";\n${first}`;
  const copy = await sourceCopy({ edits: [{ file, find: first, replace }, SYNCHRONOUS] });
  copies.push(copy);
  const script = `import { changedHere } from "@fyr/protocol"; import { memoryStore } from "@fyr/hub/testing"; import { Kysely } from "kysely";
    console.log(changedHere, typeof memoryStore, typeof Kysely);`;
  const args = ["--conditions=source", "--import", "tsx", "--input-type=module", "--eval", script];
  const { stdout } = await run(process.execPath, args, { cwd: copy.folder });
  expect(stdout).toBe("changed function function\n");
  expect(await readFile(join(copy.folder, SYNCHRONOUS.file), "utf8")).toContain(SYNCHRONOUS.replace);
  expect(await readFile(original, "utf8")).not.toContain("changedHere");
});

test.each([
  ["is not there", "no such text anywhere"],
  ["stands there twice", "import"],
  ["is empty", ""],
])("an edit whose text %s is refused, and no folder is left", async (_, find) => {
  const folder = await mkdtemp(join(tmpdir(), "fyr-copies-"));
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  try {
    const refused = sourceCopy({ edits: [{ ...SYNCHRONOUS, find }] });
    await expect(refused).rejects.toThrow(/stands -?\d+ times in hub\/src\/store\/sqlite.ts, not once/);
    expect(await readdir(folder)).toEqual([]);
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    await rm(folder, { recursive: true });
  }
});
