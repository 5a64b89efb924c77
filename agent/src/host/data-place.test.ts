import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerUid } from "@fyr/protocol";
import { silentLog, systemFiles } from "@fyr/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundleInstaller, type InstallPlan } from "../server/index.ts";
import { copyProved } from "./backup.ts";
import { dataPlace } from "./data-place.ts";
import { servicePlace } from "./wire/place.ts";

const [BEFORE, TARGET] = ["6.17.26511", "6.18.27687"];
let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "fyr-restore-"))));
afterEach(() => rm(root, { recursive: true }));

const at = (...names: string[]) => join(root, ...names);
const data = () => readFile(at("data", "ACS.FDB"), "utf8");

/** A server that was upgraded over a backup, and whose new version wrote on. */
async function upgraded() {
  await mkdir(at("data"));
  await writeFile(at("data", "ACS.FDB"), "as it was");
  for (const release of [`${BEFORE}-factory`, `${TARGET}-b`])
    await mkdir(at("releases", release), { recursive: true });
  const place = servicePlace(root);
  await place.switchTo(`${TARGET}-b`);
  const made = await copyProved(
    systemFiles,
    { from: at("data"), names: ["ACS.FDB"], to: at("backups", "b1") },
    new AbortController().signal,
  );
  await writeFile(at("data", "ACS.FDB"), "written by the new version");
  const acts: string[] = [];
  const service = { stop: async () => void acts.push("stop"), start: async () => void acts.push("start") };
  const installer = bundleInstaller({ place, data: dataPlace(systemFiles, root), service, log: silentLog });
  const plan = (more: Partial<InstallPlan> = {}): InstallPlan => ({
    ...{ runKey: "a".repeat(32), act: "restore", uid: ServerUid.parse("acs-pro-server:12345678") },
    ...{ digest: "b".repeat(64) as never, from: TARGET, to: BEFORE, bootId: "1" },
    ...{ backup: made.path, backupSha256: made.sha256, ...more },
  });
  return { place, acts, plan, restore: (more?: Partial<InstallPlan>) => installer.restore(plan(more)), made };
}

test("the data of before is back with the release of before; what was written since stays beside", async () => {
  const { place, acts, restore } = await upgraded();
  expect((await restore()).end).toMatchObject({ kind: "installed", code: null });
  expect(await data()).toBe("as it was");
  expect(await place.current()).toBe(`${BEFORE}-factory`);
  expect(acts).toEqual(["stop", "start"]);
  expect(await readFile(at("data.before-restore-b1", "ACS.FDB"), "utf8")).toBe("written by the new version");
  expect(await readdir(root)).not.toContain("data.new");
});

test("begun again after a cut, it ends the same, and never takes the copy for what was there before", async () => {
  const { restore } = await upgraded();
  await restore();
  await restore();
  expect(await data()).toBe("as it was");
  expect(await readFile(at("data.before-restore-b1", "ACS.FDB"), "utf8")).toBe("written by the new version");
  await rm(at("data"), { recursive: true }); // cut between the two names
  await restore();
  expect(await data()).toBe("as it was");
});

test.each<[string, () => Promise<unknown>]>([
  ["a file of it was changed", () => writeFile(at("backups", "b1", "ACS.FDB"), "as it wos")],
  ["its list was changed", () => writeFile(at("backups", "b1", "backup.json"), "[]")],
  ["it is gone", () => rm(at("backups", "b1"), { recursive: true })],
])("a backup of which %s is refused, and the data stays as it is", async (_, spoil) => {
  const { restore, place } = await upgraded();
  await spoil();
  await expect(restore()).rejects.toThrow("SERVER_RESTORE_FAILED");
  expect(await data()).toBe("written by the new version");
  expect(await place.current()).toBe(`${TARGET}-b`);
});

test("where the files of the version before are gone, only people can restore; nothing is stopped", async () => {
  const { restore, acts } = await upgraded();
  await expect(restore({ to: "6.16.1" })).rejects.toThrow("SERVER_RESTORE_BY_HAND");
  await expect(restore({ to: "6.17.2651" })).rejects.toThrow("SERVER_RESTORE_BY_HAND");
  expect(acts).toEqual([]);
  expect(await data()).toBe("written by the new version");
});
