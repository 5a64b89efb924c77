import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerUid } from "@fyr/protocol";
import { silentLog, systemClock, systemFiles } from "@fyr/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endOfExit, runHelper, type InstallPlan, type Installer } from "../server/index.ts";
import { lockFolder } from "../store/index.ts";
import { createDesk } from "./desk.ts";
import { runFolder } from "./runs.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "fyr-desk-"))));
afterEach(() => rm(folder, { recursive: true }));

const PLAN: InstallPlan = {
  ...{ runKey: "a".repeat(32), act: "restore", uid: ServerUid.parse("acs-pro-server:12345678") },
  ...{ digest: "b".repeat(64) as never, from: "6.18.27687", to: "6.17.26511", bootId: "1" },
  ...{ backup: "/backups/b1", backupSha256: "c".repeat(64) },
};

/** A desk whose helpers run in this process. */
function desk() {
  const acts: string[] = [];
  const installer: Installer = {
    ...{ kind: "bundle", whole: true, check: () => Promise.resolve() },
    install: async () => (acts.push("install"), endOfExit(0)),
    restore: async ({ backup, backupSha256 }) => (acts.push(`${backup} ${backupSha256}`), endOfExit(0)),
  };
  const ports = {
    ...{ clock: systemClock, files: systemFiles, log: silentLog, installer, lock: lockFolder },
    ...{ bootId: async () => "1", reboot: async () => undefined, isRunning: () => false },
  };
  const help = async (path: string) => {
    const run = runFolder(systemFiles, path);
    const plan = await run.plan();
    if (plan) await runHelper(plan, { ...ports, journal: run, packagePath: run.packagePath });
  };
  return {
    acts,
    desk: createDesk({ ...ports, spawn: ({ path }) => ({ ended: help(path) }) }, folder),
  };
}

test("a helper that puts a backup back needs no package, knows the backup by its hash, and acts once", async () => {
  const { acts, desk: own } = desk();
  await own.start(PLAN);
  await own.start(PLAN);
  expect(acts).toEqual([`/backups/b1 ${"c".repeat(64)}`]);
  expect(await own.look(PLAN.runKey)).toMatchObject({ plan: PLAN, busy: false, end: { kind: "installed" } });
  expect(await own.open()).toHaveLength(1);
  await own.conclude(PLAN.runKey);
  expect(await own.open()).toEqual([]);
});

test("a run that was never begun can be given up, and is not open any more; one that was begun cannot", async () => {
  const { desk: own } = desk();
  await systemFiles.ensureFolder(join(folder, PLAN.runKey));
  await runFolder(systemFiles, join(folder, PLAN.runKey)).keepPlan(PLAN);
  expect(await own.abandon(PLAN.runKey)).toBe(true);
  expect(await own.open()).toEqual([]);
  const begun = { ...PLAN, runKey: "d".repeat(32) };
  await own.start(begun);
  expect(await own.abandon(begun.runKey)).toBe(false);
});
