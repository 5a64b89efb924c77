import { compareVersions } from "@fyr/protocol";
import { seededRandom } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { FWMGR, upgrade, visitor } from "../testing/visitor.ts";
import { modelOf } from "./catalogue.ts";
import { createDevice } from "./device.ts";
import { makeImage } from "./image.ts";

/** Every phase takes ten seconds: flashing, leaving, dark, booting. */
const PHASE_S = 10;
const TIMING = { flashing: [10, 10], leaving: [10, 10], dark: [10, 10], booting: [10, 10] } as const;
const MODEL = modelOf("931.11");
const VERSIONS = ["12.9.57", "12.10.68", "12.11.77"];
const images = new Map<string, Uint8Array>();

beforeAll(async () => {
  for (const version of VERSIONS) {
    images.set(version, await makeImage({ version, models: [MODEL], sizeBytes: 500, seed: version }));
  }
});

const HOME = "original";

/** What vapix.md 1.5 to 1.8 say, told again as plainly as possible, without slots, policies or phases. */
class Oracle {
  active = "12.9.57";
  old: { version: string; name: string } | null = null;
  committed = true;
  /** Second at which the timer strikes. */
  due: number | null = null;
  name = HOME;

  goBack() {
    if (!this.old) throw new Error("there is nothing to go back to");
    [this.active, this.name] = [this.old.version, this.old.name];
    this.old = null;
    this.committed = true;
    this.due = null;
  }

  /** When the timer has struck by `now`, how long the restart keeps the device busy; else 0. */
  timePasses(now: number): number {
    if (this.due === null || this.due > now) return 0;
    const busyUntil = this.due + 2 * PHASE_S;
    this.goBack();
    return Math.max(0, busyUntil - now);
  }

  /** The device got so far into its first boot at `bootedAt`. */
  starts(version: string, { factoryDefaultMode: reset, autoCommit, autoRollback }: Params, bootedAt: number) {
    this.old = { version: this.active, name: this.name };
    this.active = version;
    if (reset !== "none") this.name = HOME;
    const bothDefault = autoCommit === "default" && autoRollback === "default";
    this.committed = bothDefault || autoCommit === "boot" || autoCommit === "started";
    const minutes = Number(autoRollback);
    if (!this.committed && !Number.isNaN(minutes)) this.due = bootedAt + minutes * 60;
  }

  commitsAtOnce({ factoryDefaultMode: reset, autoCommit, autoRollback }: Params): boolean {
    return (
      autoCommit === "boot" || (reset !== "none" && autoCommit === "default" && autoRollback === "default")
    );
  }
}

interface Params {
  readonly factoryDefaultMode: string;
  readonly autoCommit: string;
  readonly autoRollback: string;
}

type Command =
  | { do: "upgrade"; version: string; params: Params; cutAt: number | null }
  | { do: "call"; method: "commit" | "rollback" | "purge" | "stopAuto" | "reboot" | "factoryDefault" }
  | { do: "wait"; seconds: number }
  | { do: "cut" }
  | { do: "rename"; name: string };

const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("upgrade" as const),
      version: fc.constantFrom(...VERSIONS),
      params: fc.record({
        factoryDefaultMode: fc.constantFrom("none", "none", "soft", "hard"),
        autoCommit: fc.constantFrom("never", "never", "default", "started", "boot"),
        autoRollback: fc.constantFrom("never", "default", "1", "5", "30"),
      }),
      cutAt: fc.option(fc.integer({ min: 1, max: 4 * PHASE_S - 1 }), { freq: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("call" as const),
      method: fc.constantFrom(
        ...(["commit", "rollback", "purge", "stopAuto", "reboot", "factoryDefault"] as const),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 700 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "cut" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("rename" as const), name: fc.constantFrom("north", "south") }),
  },
);

/** One device, a clock that obeys, and an oracle that is told the same. */
async function rig() {
  const clock = fakeClock();
  const identity = { serial: "B8A44F000001", model: MODEL, address: "127.0.0.9" };
  const broken: unknown[] = [];
  const device = createDevice(
    { identity, version: "12.9.57" },
    { clock, random: seededRandom("oracle"), timing: TIMING, broke: (error) => broken.push(error) },
  );
  const oracle = new Oracle();
  const root = visitor(device);
  const seconds = () => clock.mono() / 1000;
  const pass = (s: number) => clock.advance(s * 1000);
  const call = (method: string) => root.json(FWMGR, { apiVersion: "1.0", method }, { scheme: "https" });
  const rename = (name: string) => {
    const path = `/axis-cgi/param.cgi?action=update&Network.Bonjour.FriendlyName=${name}`;
    return root.text(path, { scheme: "https" });
  };
  await rename(HOME);
  return { clock, device, oracle, root, seconds, pass, call, rename, broken };
}

type Rig = Awaited<ReturnType<typeof rig>>;

/** A device without an account gets one again, and its name: the factory default took both. */
async function setUp({ root, rename }: Rig) {
  const ready = await root.json("/axis-cgi/systemready.cgi", { apiVersion: "1.1", method: "systemready" });
  if ((ready["data"] as { needsetup: string }).needsetup === "no") return;
  const first = "/axis-cgi/pwdgrp.cgi?action=add&user=root&pwd=pass&grp=root&sgrp=admin:operator:viewer:ptz";
  expect(await root.text(first, { scheme: "https" })).toContain("Created account root.");
  await rename(HOME);
}

async function settle(the: Rig) {
  for (let busy = 1; busy > 0; busy = the.oracle.timePasses(the.seconds())) {
    await the.pass(busy === 1 ? 0 : busy);
  }
}

async function runUpgrade(the: Rig, { version, params, cutAt }: Extract<Command, { do: "upgrade" }>) {
  const { oracle, root, device, pass } = the;
  const before = the.seconds();
  const image = images.get(version) ?? new Uint8Array();
  const replied = root.ask(FWMGR, { ...upgrade(image, params), scheme: "https" });
  const older = compareVersions(version, oracle.active) < 0 && params.factoryDefaultMode !== "hard";
  if (!oracle.committed || older) {
    await pass(0);
    const error = { code: oracle.committed ? 409 : 412 };
    expect(JSON.parse(String(((await replied) as { body: string }).body))).toMatchObject({ error });
    if (oracle.committed) oracle.old = null;
    return;
  }
  oracle.old = null;
  if (cutAt === null) {
    await pass(4 * PHASE_S);
    expect(JSON.parse(String(((await replied) as { body: string }).body))).toMatchObject({
      data: { firmwareVersion: version },
    });
    oracle.starts(version, params, before + 4 * PHASE_S);
    return;
  }
  await pass(cutAt);
  device.life.cutPower(5_000);
  await pass(5 + 2 * PHASE_S);
  if (cutAt < PHASE_S) return; // the image was not whole
  oracle.starts(version, params, before + cutAt + 5 + 2 * PHASE_S);
  if (cutAt >= 2 * PHASE_S && !oracle.commitsAtOnce(params)) oracle.goBack(); // the first boot had begun
}

async function run(the: Rig, command: Command) {
  const { oracle, pass, device, rename } = the;
  if (command.do === "upgrade") await runUpgrade(the, command);
  if (command.do === "wait") await pass(command.seconds);
  if (command.do === "rename") {
    expect(await rename(command.name)).toBe("OK");
    oracle.name = command.name;
  }
  if (command.do === "cut") {
    device.life.cutPower(5_000);
    await pass(5 + 2 * PHASE_S);
    if (!oracle.committed) oracle.goBack();
  }
  if (command.do === "call") await runCall(the, command.method);
  await settle(the);
  await setUp(the);
}

async function runCall({ oracle, pass, call }: Rig, method: Extract<Command, { do: "call" }>["method"]) {
  const reply = await call(method);
  if (method === "rollback" && !oracle.old) return expect(reply).toMatchObject({ error: { code: 404 } });
  if (method === "purge" && !oracle.committed) return expect(reply).toMatchObject({ error: { code: 412 } });
  expect(reply).toMatchObject({
    method,
    data: method === "commit" ? { firmwareVersion: oracle.active } : {},
  });
  if (["rollback", "reboot", "factoryDefault"].includes(method)) await pass(3 * PHASE_S);
  if (method === "rollback") oracle.goBack();
  if (method === "purge") oracle.old = null;
  if (method === "commit" || method === "stopAuto") oracle.due = null;
  if (method === "commit") oracle.committed = true;
  if (method === "factoryDefault")
    Object.assign(oracle, { committed: true, old: null, due: null, name: HOME });
}

async function compare({ oracle, call, root, seconds }: Rig) {
  const status = (await call("status")) as { data: Record<string, unknown> };
  const { old, due } = oracle;
  const expected = {
    activeFirmwareVersion: oracle.active,
    ...(old && { inactiveFirmwareVersion: old.version, isCommited: oracle.committed }),
    ...(due !== null && { timeToRollback: due - seconds() }),
  };
  const { activeFirmwarePart: part, lastUpgradeAt, ...told } = status.data;
  expect(told).toEqual(expected);
  expect(part).toMatch(/^\d{10}$/);
  expect(lastUpgradeAt === undefined).toBe(old === null);
  const name = await root.text("/axis-cgi/param.cgi?action=list&group=Network.Bonjour.FriendlyName", {
    scheme: "https",
  });
  expect(name).toBe(`Network.Bonjour.FriendlyName=${oracle.name}\n`);
}

test("whatever is done to a device, its firmware is where a naive oracle says", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(commands, { minLength: 3, maxLength: 14 }), async (story) => {
      const the = await rig();
      for (const command of story) {
        await run(the, command);
        await compare(the);
      }
      expect(the.broken).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 30_000);
