import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OutcomeEvent } from "@fyr/protocol";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { until } from "./stage/patience.ts";
import {
  FROM,
  ofRun,
  openServerHost,
  serverPrograms,
  TARGET,
  type ServerHostStage,
  type ServerHostWish,
  type Told,
} from "./stage/server-host.ts";
import { mayMount } from "./stage/small-disk.ts";

/**
 * A server's upgrade with nothing played but the hub: a host whose service is a process with files, log and port, an
 * agent that is a process with its journal, helpers that are processes of their own. What each exit code of a Windows
 * installer leads to, and power cuts at every moment, are swept over played hosts in simulator/src/host.
 */
const PATIENCE_MS = 120_000;

let programs: Awaited<ReturnType<typeof serverPrograms>>;
beforeAll(async () => void (programs = await serverPrograms()), PATIENCE_MS);
afterAll(() => programs.remove());

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
}, PATIENCE_MS);

async function stage(wish: ServerHostWish = {}): Promise<ServerHostStage> {
  const opened = await openServerHost(programs, wish);
  closing.push(() => opened.close());
  return opened;
}

function outcomeOf({ outcomes }: Told): OutcomeEvent {
  expect(outcomes).toHaveLength(1);
  const [outcome] = outcomes;
  if (!outcome) throw new Error("no outcome");
  return outcome;
}

const isWell = (told: Told) =>
  expect(outcomeOf(told)).toMatchObject({ outcome: "succeeded", version: TARGET });

/** The installer says this word to the supervisor, and waits. */
async function standsAt({ tree }: ServerHostStage, word: "stop" | "start"): Promise<void> {
  const before = tree.unanswered();
  tree.hang(word);
  await until(`the installer says ${word}`, () => tree.unanswered() > before || undefined);
}

function goesOn({ tree }: ServerHostStage): void {
  tree.hang(null);
  tree.cutWaiting();
}

test(
  "R-080 R-081: a server is upgraded: files replaced, service away and back, data saved before",
  async () => {
    const on = await stage();
    const { tree, root, folder } = on;
    const before = tree.pid();
    const working = on.agent();
    await standsAt(on, "start");
    expect(tree.pid()).toBeNull();
    await expect(fetch(`${tree.service}/version`)).rejects.toThrow("fetch failed");
    goesOn(on);
    isWell(await working);
    expect(await tree.installed()).toBe(TARGET);
    expect(await (await fetch(`${tree.service}/version`)).json()).toEqual({ version: TARGET });
    expect(await tree.starts()).toEqual([FROM, TARGET]);
    expect([null, before]).not.toContain(tree.pid());
    const [backup = ""] = await readdir(join(root, "backups"));
    const saved = await readFile(join(root, "backups", backup, "ACS.FDB"));
    expect(saved.equals(await readFile(join(root, "data", "ACS.FDB")))).toBe(true);
    const [runKey = ""] = await readdir(join(folder, "server", "runs"));
    expect(await ofRun(on, runKey, "result.json")).toContain("installed");
  },
  PATIENCE_MS,
);

/** Of these the short run takes the one right after the helper's start; played hosts are killed at all. */
const POINTS = [
  "server/install/after-act",
  "server/install/after-intent",
  "server/save/after-intent",
  "server/stage/after",
  "server/install/before-intent",
  "server/executing/sent/before",
  "server/executing/sent/after",
  "server/settling/answered/before",
  "server/verifying/end/before",
];
const isLong = process.env.FYR_LONG === "1";

test.each(isLong ? POINTS : POINTS.slice(0, 1))(
  "R-080: the agent is killed with SIGKILL at %s: installed once, told truly",
  async (killAt) => {
    const { agent, tree } = await stage();
    expect((await agent({ killAt })).signal).toBe("SIGKILL");
    isWell(await agent({ killAt }));
    expect(await tree.starts()).toEqual([FROM, TARGET]);
  },
  PATIENCE_MS,
);

test(
  "R-077 R-081: a helper whose agent is killed installs to its end, with nobody left to watch, and no signal stops it",
  async () => {
    const on = await stage();
    const { agent, tree } = on;
    const killed = agent({ killAt: "server/executing/sent/after" });
    await standsAt(on, "stop");
    expect((await killed).signal).toBe("SIGKILL");
    const [helper = 0, ...more] = await on.helpers();
    expect(more).toEqual([]);
    process.kill(helper, "SIGTERM");
    process.kill(helper, "SIGHUP");
    expect(await tree.installed()).toBe(FROM);
    goesOn(on);
    await until("the helper has done its work", async () => (await on.helpers()).length === 0 || undefined);
    expect(await tree.installed()).toBe(TARGET); // with no agent alive
    isWell(await agent());
    expect(await tree.starts()).toEqual([FROM, TARGET]);
  },
  PATIENCE_MS,
);

test(
  "R-081: an installer that stands still is told about, then a person is asked, and nobody ends it",
  async () => {
    const on = await stage();
    const working = on.agent({ settings: { alertMs: 300, askPersonMs: 600 } });
    await standsAt(on, "stop");
    const [helper] = await on.helpers();
    await until("a person is asked", async () => {
      const journal = await readFile(join(on.folder, "agent.db-wal"), "latin1");
      return journal.includes("SERVER_NEEDS_PERSON") || undefined;
    });
    expect(await on.helpers()).toEqual([helper]);
    goesOn(on);
    const told = await working;
    isWell(told);
    expect(told.codes).toEqual(["SERVER_OVERDUE", "SERVER_NEEDS_PERSON"]);
  },
  PATIENCE_MS,
);

const CUTS = [
  ["before the service is stopped", "stop", [FROM, FROM, TARGET]],
  ["after the files were switched", "start", [FROM, TARGET]],
] as const;

test.each(isLong ? CUTS : CUTS.slice(0, 1))(
  "R-080: power is cut %s: the host boots, and the upgrade comes to its end",
  async (_, word, starts) => {
    const on = await stage();
    const { agent, tree } = on;
    const cut = agent();
    await standsAt(on, word);
    await on.cutPower();
    expect((await cut).signal).toBe("SIGKILL");
    tree.hang(null);
    await tree.restorePower();
    isWell(await agent());
    expect(await tree.starts()).toEqual(starts);
    expect(await tree.installed()).toBe(TARGET);
  },
  PATIENCE_MS,
);

const quick = {
  stepMs: {
    meet: 1,
    check: 1,
    save: 1,
    stage: 1,
    quiesce: 1,
    install: 1,
    services: 1_500,
    verify: 1,
    restore: 1,
    finish: 1,
  },
};

const BAD_SERVICES = [
  ["service-exits", "SERVER_NO_RETURN", 5],
  ["says-old-version", "SERVER_VERSION_UNCHANGED", 0],
] as const;

test.each(isLong ? BAD_SERVICES : BAD_SERVICES.slice(0, 1))(
  "R-080: a package whose service is bad (%s) is no success: %s, and the backup is named",
  async (fault, code, restarts) => {
    const { agent, tree, root } = await stage({ fault });
    const outcome = outcomeOf(await agent({ settings: quick }));
    expect(outcome).toMatchObject({ outcome: "failed", code });
    expect(await readdir(String(outcome.evidence["backup"]))).toContain("ACS.FDB");
    expect(String(outcome.evidence["backup"])).toContain(root);
    if (restarts > 0) await until("it is left alone", () => tree.restarts() === restarts || undefined);
  },
  PATIENCE_MS,
);

test.runIf(mayMount)(
  "R-080: a host without room for package and backup keeps its service, and the task goes back",
  async () => {
    const { agent, tree, disk } = await stage({ diskMegabytes: 2 });
    await disk?.fill();
    expect(outcomeOf(await agent())).toMatchObject({ outcome: "given_back", code: "SERVER_DISK_FULL" });
    expect(await tree.starts()).toEqual([FROM]);
    expect(tree.pid()).not.toBeNull();
  },
  PATIENCE_MS,
);
