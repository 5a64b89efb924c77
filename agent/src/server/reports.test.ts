import { ACS_PRO, AxisVersion, Label, MachineId, Serial, serverUid, type ServerFacts } from "@fyr/protocol";
import { silentLog } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { expect, test } from "vitest";
import { memoryDisk, openStore } from "../store/index.ts";
import { UNKNOWN_HEALTH } from "../host/load.ts";
import type { ServerJobs } from "./jobs.ts";
import type { HostProbe, RecordedDevice } from "./ports.ts";
import { createReports, lastSeen } from "./reports.ts";

const MINUTE = 60_000;
const machineId = MachineId.parse("4c4c4544-0042-3510");
const FACTS: ServerFacts = {
  ...{ uid: serverUid(ACS_PRO, machineId), product: ACS_PRO, machineId, name: Label.parse("REC-01") },
  ...{ version: AxisVersion.parse("6.17.26511"), edition: "AXIS Camera Station Pro" },
  os: { family: "linux", version: "unknown" },
  ...{ licensing: "subscription", counts: { CORE: 2 }, devices: [Serial.parse("ACCC8E000001")] },
};

/** A host whose answers are fields, read by one agent after another over the same disk. */
function host() {
  const clock = fakeClock();
  const disk = memoryDisk();
  const says = {
    facts: FACTS as ServerFacts | null,
    up: true as boolean | "unknown",
    cpu: 10,
    devices: [{ serial: "ACCC8E000001", host: "10.0.0.1" }] as readonly RecordedDevice[] | "unknown",
    fails: false,
    restoring: null as ReturnType<ServerJobs["restoring"]>,
    jobs: [] as ReturnType<ServerJobs["openJobs"]>,
  };
  const probe: HostProbe = {
    async facts() {
      if (says.fails) throw new Error("the host is busy");
      return says.facts;
    },
    health: async () => ({ ...UNKNOWN_HEALTH, at: Math.round(clock.wall()), cpuPercent: says.cpu }),
    alive: async () => ({ version: "6.17.26511", up: says.up, says: "unknown" }),
    bootId: async () => "1",
    devices: async () => says.devices,
    backupRoom: async () => ({ needsBytes: "unknown", freeBytes: "unknown" }),
    backup: () => Promise.reject(new Error("nobody asked for it")),
  };
  const agent = () =>
    createReports({
      ...{ clock, log: silentLog, store: openStore(disk).state, host: probe },
      jobs: { openJobs: () => says.jobs, onNews: () => () => {}, restoring: () => says.restoring },
      settings: { healthEveryMs: MINUTE, tellEveryMs: 5 * MINUTE },
    });
  return { clock, says, agent, seen: () => lastSeen(openStore(disk).state) };
}

const signal = new AbortController().signal;

test("A-15 R-025: the first look is news: what the server is, how it is, and that it is up", async () => {
  const { agent } = host();
  const reports = agent();
  expect(reports.pending(), "before anybody looked").toEqual([]);
  await reports.read(signal);
  expect(reports.pending()).toMatchObject([{ facts: FACTS, standing: { kind: "up" } }]);
  expect(reports.recorded()).toEqual([{ serial: "ACCC8E000001", host: "10.0.0.1" }]);
});

test("only changes are told: figures that move all the time wait for their turn, a state does not", async () => {
  const { clock, says, agent } = host();
  const reports = agent();
  await reports.read(signal);
  reports.acknowledged(reports.pending());
  expect(reports.pending()).toEqual([]);
  says.cpu = 90;
  await clock.advance(MINUTE);
  await reports.read(signal);
  expect(reports.pending(), "a figure").toEqual([]);
  says.up = false;
  await reports.read(signal);
  expect(reports.pending(), "a state").toMatchObject([{ standing: { kind: "down" } }]);
  reports.acknowledged(reports.pending());
  await clock.advance(5 * MINUTE);
  await reports.read(signal);
  expect(reports.pending(), "the figures' turn").toMatchObject([{ health: { cpuPercent: 90 } }]);
});

test("an answer that was lost repeats what was told; one that came late takes nothing newer for told", async () => {
  const { says, agent } = host();
  const reports = agent();
  await reports.read(signal);
  const sent = reports.pending();
  expect(reports.pending(), "not acknowledged: it is told again, the same").toEqual(sent);
  says.up = false;
  await reports.read(signal);
  reports.acknowledged(sent);
  expect(reports.pending()).toMatchObject([{ standing: { kind: "down" } }]);
});

test("R-025: a hub that asks is told everything, also by an agent with nothing new", async () => {
  const { agent } = host();
  const reports = agent();
  await reports.read(signal);
  reports.acknowledged(reports.pending());
  reports.wanted();
  expect(reports.pending()).toMatchObject([{ facts: FACTS }]);
});

test("what the server was is known after a crash before the host answers again, and is told once more", async () => {
  const { says, agent } = host();
  const first = agent();
  await first.read(signal);
  first.acknowledged(first.pending());
  says.fails = true;
  const next = agent();
  await next.read(signal);
  expect(next.pending()).toMatchObject([{ facts: FACTS }]);
});

test("what was last worth telling can be read beside the agent, and without it", async () => {
  const { says, agent, seen } = host();
  expect(seen()).toBeNull();
  const reports = agent();
  await reports.read(signal);
  reports.acknowledged(reports.pending());
  says.up = false;
  await reports.read(signal);
  expect(seen()).toMatchObject({ facts: { version: FACTS.version }, standing: { kind: "down" } });
});

test("R-081: while it is installed on, a server is upgrading and what it was, whatever the host shows", async () => {
  const { says, agent } = host();
  const reports = agent();
  await reports.read(signal);
  reports.acknowledged(reports.pending());
  const run = { overdue: false, asked: false, until: 99 };
  says.jobs = [{ record: { state: "settling" }, openRun: run }] as never;
  Object.assign(says, { up: false, facts: null });
  await reports.read(signal);
  expect(reports.pending()).toMatchObject([
    { facts: FACTS, standing: { kind: "upgrading", until: 99, attention: false } },
  ]);
  for (const [asked, attention] of [
    [false, false],
    [true, true],
  ]) {
    says.jobs = [{ record: { state: "settling" }, openRun: { ...run, overdue: true, asked } }] as never;
    expect(reports.pending()).toMatchObject([{ standing: { kind: "upgrading", until: null, attention } }]);
  }
});

test("R-025: what a host cannot tell of its devices leaves those that are known", async () => {
  const { says, agent } = host();
  const reports = agent();
  await reports.read(signal);
  says.devices = "unknown";
  await reports.read(signal);
  expect(reports.recorded()).toHaveLength(1);
  says.devices = [];
  await reports.read(signal);
  expect(reports.recorded()).toEqual([]);
});
