import { createHash } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ServerUid } from "@fyr/protocol";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { servicePlace } from "../../host/wire/place.ts";
import { programRunner } from "../../host/wire/run-program.ts";
import { BUNDLE_LIMITS, readInfo, unpackBundle } from "./archive.ts";
import { endOfExit, EXIT_CODES } from "./exit-codes.ts";
import { msiArguments, msiInstaller, type PublisherCheck } from "./msi.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "fyr-install-"))));
afterEach(() => rm(folder, { recursive: true }));

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

interface Member {
  readonly name: string;
  readonly type?: "symlink" | "link" | "character-device" | "directory";
  readonly linkname?: string;
  readonly devmajor?: number;
  readonly devminor?: number;
  readonly content?: string;
}

async function archive(members: readonly Member[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = "", ...header } of members) tar.entry({ mtime: new Date(0), ...header }, content);
  tar.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of tar) parts.push(part as Uint8Array);
  return gzipSync(Buffer.concat(parts));
}

const listOf = (files: readonly { name: string; content: string }[]): Member => ({
  name: "info.json",
  content: JSON.stringify({
    Release: "6.18.27687",
    Files: files.map(({ name, content }) => ({ name, size: content.length, sha256: sha256(content) })),
  }),
});

const APP = { name: "bin/app", content: "new" };

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const unpack = (bytes: Uint8Array, limits = BUNDLE_LIMITS) =>
  servicePlace(folder).add("r1", (sink) => unpackBundle(once(bytes), sink, limits));

/** Names below the folder, so that whatever escaped would be seen. */
const everything = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((name) => !["releases"].includes(name)).sort();

describe("B3-E2: a package for a Linux host", () => {
  test("is unpacked by its list into a fresh folder, with its version beside it", async () => {
    await unpack(await archive([listOf([APP]), APP]));
    expect(await readFile(join(folder, "releases/r1/bin/app"), "utf8")).toBe("new");
    expect(await readFile(join(folder, "releases/r1/VERSION"), "utf8")).toBe("6.18.27687\n");
  });

  test.each<[string, Member[]]>([
    ["a name that leads up", [listOf([{ name: "../out", content: "x" }]), { name: "../out", content: "x" }]],
    ["an absolute name", [listOf([{ name: "/etc/x", content: "x" }]), { name: "/etc/x", content: "x" }]],
    ["a name for Windows", [listOf([{ name: "a\\b", content: "x" }]), { name: "a\\b", content: "x" }]],
    ["a device of Windows", [listOf([{ name: "lib/nul", content: "x" }]), { name: "lib/nul", content: "x" }]],
    [
      "a dot at the beginning",
      [listOf([{ name: ".profile", content: "x" }]), { name: ".profile", content: "x" }],
    ],
    ["names that differ in case alone", [listOf([APP, { ...APP, name: "BIN/app" }]), APP]],
    ["a file that is a folder too", [listOf([APP, { name: "bin", content: "x" }]), APP]],
    ["a list that names the version file", [listOf([{ name: "VERSION", content: "9" }])]],
    ["a file that the list does not name", [listOf([APP]), APP, { name: "extra", content: "x" }]],
    ["a file twice", [listOf([APP]), APP, APP]],
    ["a missing file", [listOf([APP])]],
    ["another content", [listOf([APP]), { ...APP, content: "old" }]],
    ["another length", [listOf([APP]), { ...APP, content: "newer" }]],
    ["a symbolic link", [listOf([APP]), { name: APP.name, type: "symlink", linkname: "/etc/passwd" }]],
    ["a hard link", [listOf([APP]), { name: APP.name, type: "link", linkname: "/etc/passwd" }]],
    ["a device", [listOf([APP]), { name: APP.name, type: "character-device", devmajor: 1, devminor: 3 }]],
    ["a folder", [listOf([APP]), { name: "bin", type: "directory" }]],
    ["no list at its beginning", [APP, listOf([APP])]],
    ["nothing", []],
  ])("is refused with %s, and nothing of it stays", async (_, members) => {
    await expect(unpack(await archive(members))).rejects.toThrow("PACKAGE_INVALID");
    expect(await everything()).toEqual([]);
  });

  test("is refused when it is cut short, no archive, or unpacks to more than its cap", async () => {
    const good = await archive([listOf([APP]), APP]);
    const bomb = await archive([listOf([APP]), { ...APP, content: "0".repeat(30_000_000) }]);
    const tight = { maxInfoBytes: 1000, maxBytes: 1000 };
    await expect(unpack(good.subarray(0, good.length - 20))).rejects.toThrow("PACKAGE_INVALID");
    await expect(unpack(Buffer.from("not an archive"))).rejects.toThrow("PACKAGE_INVALID");
    await expect(unpack(bomb, tight)).rejects.toThrow("PACKAGE_INVALID");
    expect(await everything()).toEqual([]);
  });

  test("may not name more files or bytes than any package has", () => {
    const file = (at: number) => ({ name: `f${at}`, size: 2 ** 30, sha256: "a".repeat(64) });
    const list = (count: number) =>
      JSON.stringify({ Release: "6.18.27687", Files: Array.from({ length: count }, (_, at) => file(at)) });
    expect(() => readInfo(list(6_000))).toThrow("PACKAGE_INVALID");
    expect(() => readInfo(list(9))).toThrow("PACKAGE_INVALID");
  });

  test("becomes current in one step, and the release before stays", async () => {
    const place = servicePlace(folder);
    await unpack(await archive([listOf([APP]), APP]));
    await place.switchTo("r1");
    await place
      .add("r2", (sink) => unpackBundle(once(gzipSync(Buffer.alloc(0))), sink))
      .catch(() => undefined);
    expect(await place.current()).toBe("r1");
    await expect(place.switchTo("r2")).rejects.toThrow("PACKAGE_INVALID");
    expect(await place.current()).toBe("r1");
  });
});

describe("B3-E1: a Windows installer", () => {
  /** What msiexec is played by: it writes down how it was called, and ends as it is told. */
  async function fakeMsiexec(exit: number): Promise<string> {
    const path = join(folder, "msiexec");
    const script = `#!${process.execPath}
      require("node:fs").writeFileSync(${JSON.stringify(join(folder, "called"))}, JSON.stringify(process.argv.slice(2)));
      process.exitCode = ${exit & 255};`;
    await writeFile(path, script);
    await chmod(path, 0o755);
    return path;
  }

  const signedBy = (publisher: string | null, valid = true): PublisherCheck => ({
    publisherOf: () => Promise.resolve({ valid, publisher, status: valid ? "Valid" : "NotSigned" }),
  });

  const installer = (msiexec: string, publishers: PublisherCheck) =>
    msiInstaller({
      run: programRunner(process.env),
      ...{ publishers, publisher: "Axis Communications AB", msiexec },
      logPath: () => join(folder, "install.log"),
      onStart: () => {},
    });

  const plan = {
    runKey: "a".repeat(32),
    act: "install",
    uid: ServerUid.parse("acs-pro-server:12345678"),
    digest: "b".repeat(64) as never,
    ...{ from: "6.17.1", to: "6.18.1", bootId: "1", backup: null, backupSha256: null },
  } as const;
  const wasCalled = () =>
    readFile(join(folder, "called"), "utf8").then(JSON.parse, () => null) as Promise<unknown>;

  test("is run silently with the documented switches, each argument as it is", async () => {
    const path = join(folder, `a"b & calc.exe $(x) ; %PATH% 'q'.msi`);
    const { end } = await installer(await fakeMsiexec(0), signedBy("Axis Communications AB")).install(
      path,
      plan,
    );
    expect(end).toMatchObject({ kind: "installed", exit: 0, code: null });
    const log = join(folder, "install.log");
    expect(await wasCalled()).toEqual([
      ...["/i", path, "/qn", "/norestart", "/l*v", log],
      ...["LAUNCHCLIENT=0", "INSTALLDESKTOPSHORTCUT=0"],
    ]);
    expect(msiArguments(path, log)).toEqual(await wasCalled());
  });

  test.each([
    ["nobody", signedBy(null, false)],
    ["another publisher", signedBy("Axis Communications AB Ltd")],
    ["the publisher, with a signature that does not hold", signedBy("Axis Communications AB", false)],
  ])("is not run when it is signed by %s", async (_, publishers) => {
    const { install, check } = installer(await fakeMsiexec(0), publishers);
    await expect(install(join(folder, "x.msi"), plan)).rejects.toThrow("PACKAGE_PUBLISHER");
    await expect(check(join(folder, "x.msi"))).rejects.toThrow("PACKAGE_PUBLISHER");
    expect(await wasCalled()).toBeNull();
  });

  test("that is not there is said so; one that ends by a signal or unknown code has failed", async () => {
    const missing = installer(join(folder, "none"), signedBy("Axis Communications AB"));
    await expect(missing.install("x.msi", plan)).rejects.toThrow("INSTALLER_MISSING");
    const { end } = await installer(await fakeMsiexec(77), signedBy("Axis Communications AB")).install(
      "x.msi",
      plan,
    );
    expect(end).toMatchObject({ kind: "refused", exit: 77, code: "INSTALLER_FAILED" });
    expect(endOfExit(null).end).toMatchObject({ kind: "refused", code: "INSTALLER_FAILED" });
  });

  test("is done with 0, 1641 and 3010, and with no other code", () => {
    const done = Object.keys(EXIT_CODES).filter((exit) => endOfExit(Number(exit)).end.kind === "installed");
    expect(done).toEqual(["0", "1641", "3010"]);
    expect(endOfExit(1641)).toMatchObject({ end: { reboot: true }, bootHost: false });
    expect(endOfExit(3010)).toMatchObject({ end: { reboot: true }, bootHost: true });
    expect(endOfExit(1618).end.code).toBe("INSTALLER_BUSY");
  });
});
