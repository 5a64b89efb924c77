import { KILL_POINTS } from "@fyr/agent/testing";
import { between, pick, type Random } from "@fyr/runtime";
import type { FaultInput, FaultKind } from "@fyr/simulator";
import { FOLDER } from "./agent-host.ts";
import type { World, WorldAgent } from "./cast.ts";
import type { Failure, HostDisk } from "./disk/index.ts";
import { lead } from "./focus.ts";
import { FAULTS, FAULT_NAMES, type FaultName } from "./faults.ts";
import { pointOf } from "./leads.ts";
import type { People } from "./people.ts";

/** What a fault of the `times` kind does when its moment comes, and how it ends after `forMs`. */
interface Gust {
  readonly world: World;
  readonly people: People;
  readonly luck: Random;
  readonly forMs: number;
  readonly fired: () => void;
}

type Act = (gust: Gust) => void;

const someAgent = ({ world, luck }: Gust): WorldAgent => pick(luck, world.agents);

const HOUR = 3_600_000;
const JUMPS_MS = [1_000, HOUR, 24 * HOUR, 10 * 365 * 24 * HOUR];

/** Hosts are set wrong by seconds or by years, in both directions. */
const jump = (luck: Random): number => pick(luck, JUMPS_MS) * (luck.next() < 0.5 ? -1 : 1);

function endsAgent(how: "kill" | "cut"): Act {
  return (gust) => {
    const { host, revoked } = someAgent(gust);
    if (!host.isUp() || revoked) return;
    gust.fired();
    host.stop(how);
    gust.world.stage.time.after(gust.forMs, () => void host.start());
  };
}

function endsHub(how: "kill" | "cut"): Act {
  return ({ world, forMs, fired }) => {
    if (!world.hub.life()) return;
    fired();
    world.hub.stop(how);
    world.stage.time.after(forMs, () => void world.hub.start());
  };
}

/** Has no divisor in common with the number of points. */
const STRIDE = 31;

/** Most wait for one named point, which follows from the seed so that none is left out; the others for any after some. */
function endsAtPoint(how: "kill" | "cut"): Act {
  return (gust) => {
    const { world, luck, fired, forMs } = gust;
    const turn = world.stage.options.seed + Math.floor(luck.next() * 3) * STRIDE;
    const drawn = luck.next() < 0.75 ? KILL_POINTS[turn % KILL_POINTS.length] : null;
    const aim = pointOf(world.stage.options.focus ?? "") ?? drawn;
    let passes = aim ? 0 : between(luck, 0, 30);
    const before = world.endsAt;
    let isSpent = false;
    world.endsAt = (agent, point) => {
      if (before(agent, point)) return true;
      if (isSpent || !world.stage.isStorm() || (aim && point !== aim) || passes-- > 0) return false;
      isSpent = true;
      fired();
      world.stage.saw(`ended at ${point}`);
      agent.host.stop(how);
      world.stage.time.after(forMs, () => void agent.host.start());
      return true;
    };
  };
}

/** Something about a host that is wrong for a while. */
function aWhile(begin: (gust: Gust) => (() => void) | null): Act {
  return (gust) => {
    const end = begin(gust);
    if (!end) return;
    gust.fired();
    gust.world.stage.time.after(gust.forMs, end);
  };
}

/** Everything that devices of the simulator can do wrong, with figures that fit their speed. */
function trouble(luck: Random, imageBytes: number): FaultInput {
  const s = (low: number, high: number) => between(luck, low, high);
  const all: readonly FaultInput[] = [
    { kind: "power-cut-in-upload", atByte: s(1, imageBytes), offSeconds: s(5, 600) },
    {
      kind: "power-cut-in-flash",
      percent: s(0, 100),
      offSeconds: s(5, 600),
      comesBack: pick(luck, ["old", "old", "new", "rescue"]),
    },
    { kind: "power-cut-on-trial", afterSeconds: s(0, 120), offSeconds: s(5, 600) },
    // Longer than an agent waits for a device to come back would be longer than anybody can be careful.
    { kind: "stall", atByte: s(1, imageBytes), realSeconds: s(1, 12) },
    { kind: "slow", bytesPerSecond: s(20_000, 2_000_000), times: 1 },
    { kind: "unauthorized" },
    // Nobody swaps a device between two packets: the other one is there after a restart.
    { kind: "wrong-serial", serial: "ACCC8EFFFFFF", from: "restart" },
    { kind: "busy", times: s(1, 20) },
    { kind: "tells-new-version" },
    { kind: "tells-old-version" },
    { kind: "answer-lost" },
    { kind: "answer-withheld" },
    { kind: "answers-500-but-flashes" },
    { kind: "answers-200-but-refuses" },
    { kind: "never-returns" },
    { kind: "returns-late", afterSeconds: s(60, 4_000) },
    { kind: "returns-defaulted" },
    { kind: "crashes-on-boot", times: s(1, 3) },
    { kind: "never-ready" },
    { kind: "rolls-back-later", afterSeconds: s(60, 4_000) },
    { kind: "new-certificate" },
  ];
  return pick(luck, all);
}

function fills(disk: HostDisk): () => void {
  disk.fill();
  return () => disk.clear();
}

function fails(disk: HostDisk, failure: Failure): () => void {
  disk.fail(failure);
  return () => disk.mend();
}

const breaks = (disk: HostDisk, luck: Random) => fails(disk, pick(luck, ["writeFails", "syncFails"]));

const ACTS: Partial<Record<FaultName, Act>> = {
  linePartition: aWhile((gust) => {
    const { line } = someAgent(gust).host;
    line.partitioned = true;
    return () => (line.partitioned = false);
  }),
  lineDeaf: aWhile((gust) => {
    const { line } = someAgent(gust).host;
    line.deaf = true;
    return () => (line.deaf = false);
  }),
  hubKilled: endsHub("kill"),
  hubCut: endsHub("cut"),
  hubDiskFull: aWhile(({ world }) => fills(world.hubDisk)),
  hubDiskBroken: aWhile(({ world, luck }) => breaks(world.hubDisk, luck)),
  agentKilled: endsAgent("kill"),
  agentCut: endsAgent("cut"),
  agentKilledAtPoint: endsAtPoint("kill"),
  agentCutAtPoint: endsAtPoint("cut"),
  agentPaused: aWhile((gust) => someAgent(gust).host.pause()),
  agentDiskFull: aWhile((gust) => fills(someAgent(gust).host.disk)),
  agentDiskBroken: aWhile((gust) => breaks(someAgent(gust).host.disk, gust.luck)),
  agentDiskReadOnly: aWhile((gust) => fails(someAgent(gust).host.disk, "readOnly")),
  imageRots(gust) {
    const { digest } = pick(gust.luck, gust.world.library.facts);
    if (someAgent(gust).host.disk.flipBit(`${FOLDER}/images/${digest}.bin`)) gust.fired();
  },
  // Two clocks that are years off at once can agree on a certificate that is worth nothing to either, when they are right
  // again: then a person has to enrol the site anew.
  agentClockJumps: aWhile((gust) => {
    const { clock } = someAgent(gust).host;
    if (gust.world.hub.clock.offMs !== 0) return null;
    clock.offMs = jump(gust.luck);
    return () => (clock.offMs = 0);
  }),
  hubClockJumps: aWhile(({ world, luck }) => {
    if (world.agents.some(({ host }) => host.clock.offMs !== 0)) return null;
    world.hub.clock.offMs = jump(luck);
    return () => (world.hub.clock.offMs = 0);
  }),
  devicePowerCut: aWhile((gust) => {
    const { site } = someAgent(gust);
    const { serial } = site.site.blueprint(between(gust.luck, 0, site.site.size - 1)).identity;
    site.cutPower(serial);
    return () => site.restorePower(serial);
  }),
  deviceTrouble(gust) {
    const { site } = someAgent(gust);
    const { serial } = site.site.blueprint(between(gust.luck, 0, site.site.size - 1)).identity;
    const [{ sizeBytes = 0 } = {}] = gust.world.library.facts;
    const fault = trouble(gust.luck, sizeBytes);
    site.place(serial, fault);
    gust.world.stage.trace.say("fault", `${fault.kind} at ${serial}`);
  },
  cancel: ({ people }) => people.cancelSomething(),
  ordersRepeated: ({ people }) => people.orderAgain(),
  agentRevoked(gust) {
    const agent = someAgent(gust);
    gust.fired();
    agent.revoked = true;
    void gust.people.revoke(agent);
  },
};

/** What lies in wait has to be there before what it waits for: so much of the storm. */
const EARLY: Readonly<Partial<Record<FaultName, number>>> = {
  ...{ agentKilledAtPoint: 0.3, agentCutAtPoint: 0.3, deviceTrouble: 0.6 },
};

/** Plans every fault of the `times` kind over the storm. */
export function brew(world: World, people: People): void {
  lead(world, people);
  const { stage } = world;
  const isFocused = stage.options.focus !== undefined;
  const stormMs = stage.options.stormMinutes * 60_000;
  for (const name of FAULT_NAMES) {
    const fault: (typeof FAULTS)[FaultName] = FAULTS[name];
    const act = ACTS[name];
    if (!("times" in fault) || !act) continue;
    const luck = stage.random(`storm ${name}`);
    for (let left = stage.options.faults[name] ?? 0; left > 0; left--) {
      const atMs = luck.next() * stormMs * (isFocused ? 0 : (EARLY[name] ?? 1));
      const forMs = 1_000 * (fault.lasts[0] + luck.next() * (fault.lasts[1] - fault.lasts[0]));
      const gust: Gust = { world, people, luck, forMs, fired: () => stage.fired(name) };
      stage.time.after(atMs, () => stage.isStorm() && act(gust));
    }
  }
}

/** Devices know best what struck them: they are asked when the storm is over. */
function tellTrouble(stage: World["stage"], kind: FaultKind): void {
  stage.fired("deviceTrouble");
  stage.saw(`device fault ${kind}`);
}

/** Everything that can be mended is mended: from here on things must come to their end. */
export function heal({ stage, agents, hub, hubDisk }: World): void {
  stage.heal();
  stage.trace.say("world", "healed");
  hub.clock.offMs = 0;
  hubDisk.mend();
  hubDisk.clear();
  void hub.start();
  for (const { host, site } of agents) {
    Object.assign(host.line, { partitioned: false, deaf: false });
    host.clock.offMs = 0;
    host.disk.mend();
    host.disk.clear();
    host.resume();
    void host.start();
    for (const { serial, faults } of site.truth()) {
      for (const { spec, fired } of faults) if (fired > 0) tellTrouble(stage, spec.kind);
      site.device(serial).faults.clear();
      site.restorePower(serial);
    }
  }
}
