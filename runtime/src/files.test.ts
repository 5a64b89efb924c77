import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemFiles } from "./files.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-files-"));
  path = join(folder, "record");
});
afterEach(() => rm(folder, { recursive: true }));

const onLinux = process.platform === "linux";
const bytes = (text: string) => new TextEncoder().encode(text);

/** Runs `code` in a process of its own, wrapped by `command`, with `files` and `path` at hand. */
function runWrapped(command: readonly string[], code: string) {
  const script = `const { systemFiles: files } = await import(${JSON.stringify(new URL("files.ts", import.meta.url).href)});
    const path = ${JSON.stringify(path)}; const bytes = (size) => new Uint8Array(size);
    ${code}`;
  const [program = "", ...args] = command;
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "--eval", script];
  return spawnSync(program, [...args, ...node], { encoding: "utf8" });
}

test("a replaced file holds the new content, and may be read by its owner alone", async () => {
  await systemFiles.replace(path, bytes("old"));
  await systemFiles.replace(path, bytes("new"));
  expect(await readFile(path, "utf8")).toBe("new");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await systemFiles.replace(path, bytes("public"), 0o644);
  expect((await stat(path)).mode & 0o777).toBe(0o644);
  expect(await readdir(folder)).toEqual(["record"]);
});

test("a replacement is on disk before its name is, and the name before it is reported", ({ skip }) => {
  if (spawnSync("strace", ["-V"]).status !== 0) skip("needs the package strace");
  const trace = join(folder, "trace");
  const calls = "trace=openat,write,pwrite64,fsync,rename";
  const { status, stderr } = runWrapped(
    ["strace", "-f", "-y", "-e", calls, "-o", trace],
    'await files.replace(path, bytes(10)); process.stdout.write("reported");',
  );
  expect([status, stderr]).toEqual([0, ""]);
  const steps = spawnSync("grep", ["-aE", `${path}|fsync|reported`, trace], { encoding: "utf8" }).stdout;
  const order = [
    new RegExp(`write.*<${path}.new>.* = 10`),
    new RegExp(`fsync\\(\\d+<${path}.new>`),
    new RegExp(`rename\\("${path}.new", "${path}"`),
    new RegExp(`fsync\\(\\d+<${folder}>`),
    /write\(.*reported/,
  ].map((step) => steps.search(step));
  expect(order).not.toContain(-1);
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

test("what a killed process left half written is no hindrance", async () => {
  await writeFile(`${path}.new`, "half");
  await systemFiles.replace(path, bytes("whole"));
  expect(await readFile(path, "utf8")).toBe("whole");
});

test.runIf(onLinux)("a replacement that does not fit leaves the old file and nothing else", async () => {
  await writeFile(path, "old");
  const { stdout } = runWrapped(
    ["sh", "-c", 'trap "" XFSZ; ulimit -f 16; exec "$@"', "limit"],
    "await files.replace(path, bytes(1_000_000)).catch(({ code }) => console.log(code));",
  );
  expect(stdout).toBe("EFBIG\n");
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(folder)).toEqual(["record"]);
});

test.runIf(onLinux)("a full disk is said by its code", async () => {
  const full = await systemFiles.open("/dev/full", "write");
  await expect(full.write(bytes("x"), 0)).rejects.toMatchObject({ code: "ENOSPC" });
  await full.close();
});

test("an open file is read and written where it is told", async () => {
  const file = await systemFiles.open(path, "write");
  await file.write(bytes("....56"), 0);
  await file.write(bytes("1234"), 0);
  await file.sync();
  const into = new Uint8Array(3);
  expect([await file.read(into, 3), Buffer.from(into).toString()]).toEqual([3, "456"]);
  expect(await file.read(into, 6)).toBe(0);
  await file.truncate(2);
  await file.close();
  const again = await systemFiles.open(path, "read");
  expect(await again.read(into, 0)).toBe(2);
  await expect(again.write(bytes("x"), 0)).rejects.toMatchObject({ code: "EBADF" });
  await again.close();
});

test("opening to write keeps what the file holds, opening to read demands it", async () => {
  await writeFile(path, "kept");
  await (await systemFiles.open(path, "write")).close();
  expect(await readFile(path, "utf8")).toBe("kept");
  await expect(systemFiles.open(join(folder, "none"), "read")).rejects.toMatchObject({ code: "ENOENT" });
});

test("what is not there is null, empty or gone already", async () => {
  const none = join(folder, "none");
  expect(await systemFiles.read(none)).toBeNull();
  expect(await systemFiles.stat(none)).toBeNull();
  expect(await systemFiles.list(none)).toEqual([]);
  await systemFiles.remove(none);
});

test("any other trouble surfaces", async () => {
  await mkdir(path);
  await expect(systemFiles.read(path)).rejects.toMatchObject({ code: "EISDIR" });
  await expect(systemFiles.list(join(path, "..", "record", "..", "..", "\0"))).rejects.toThrow();
  await expect(systemFiles.rename(join(folder, "none"), path)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a folder is made with its parents, listed in order and removed whole", async () => {
  const images = join(folder, "cache", "images");
  await systemFiles.ensureFolder(images);
  await systemFiles.ensureFolder(images);
  expect((await stat(images)).mode & 0o777).toBe(0o700);
  for (const name of ["b", "a", "C"]) await systemFiles.replace(join(images, name), bytes(name));
  expect(await systemFiles.list(images)).toEqual(["C", "a", "b"]);
  expect((await systemFiles.stat(join(images, "a")))?.sizeBytes).toBe(1);
  await systemFiles.remove(join(folder, "cache"));
  expect(await readdir(folder)).toEqual([]);
});

test("free space is what this process may use", async () => {
  expect(await systemFiles.freeBytes(folder)).toBeGreaterThan(0);
});
