import { fakeClock } from "@fyr/runtime/testing";
import { expect, test } from "vitest";
import { FWMGR, upgrade, visitor } from "../testing/visitor.ts";
import { demoImages } from "./images.ts";
import type { Keeper } from "./keeper.ts";
import { openSite } from "./live.ts";
import { makeSite } from "./site.ts";

/** Keeps states as JSON, as a disk does. */
function memoryKeeper(): Keeper & { readonly saved: Map<string, string> } {
  const saved = new Map<string, string>();
  return {
    saved,
    load: () =>
      Promise.resolve(new Map([...saved].map(([serial, text]) => [serial, JSON.parse(text) as never]))),
    save: (serial, state) => void saved.set(serial, JSON.stringify(state)),
    flush: () => Promise.resolve(),
  };
}

const SITE = makeSite({ devices: 6, seed: "live", generations: ["12"] });
const FIRST = SITE.blueprint(0).identity.serial;

async function firstImage() {
  const [image] = demoImages(SITE, 1_000);
  if (!image) throw new Error("the site has no image");
  return image.make();
}

test("a device that nobody has spoken to costs no memory and tells the truth all the same", async () => {
  const keeper = memoryKeeper();
  const site = await openSite(SITE, { clock: fakeClock(), keeper });
  expect(site.truth()).toHaveLength(6);
  expect(site.truth(FIRST)).toMatchObject({
    active: "12.9.57",
    target: "12.11.77",
    reachable: true,
    uploads: [],
  });
  expect(keeper.saved.size).toBe(0);
  expect(() => site.truth("ACCC8E000000")).toThrow("no device");
});

test("a site that is stopped in the middle of a flash goes on where it stood", async () => {
  const clock = fakeClock();
  const keeper = memoryKeeper();
  const before = await openSite(SITE, { clock, keeper });
  void visitor(before.device(FIRST)).ask(
    FWMGR,
    upgrade(await firstImage(), { autoCommit: "never", autoRollback: "30" }),
  );
  await clock.advance(5_000);
  expect(before.truth(FIRST)).toMatchObject({ phase: "flashing", active: "12.9.57" });
  await before.stop();
  await clock.advance(10_000);

  const after = await openSite(SITE, { clock, keeper });
  expect(after.truth(FIRST)).toMatchObject({ phase: "flashing", uploads: [{ verdict: "accepted" }] });
  await clock.advance(300_000);
  expect(after.truth(FIRST)).toMatchObject({
    phase: "ready",
    active: "12.11.77",
    inactive: "12.9.57",
    committed: false,
  });
  await after.stop();
  await clock.advance(60_000);

  const last = await openSite(SITE, { clock, keeper });
  await clock.advance(30 * 60_000); // the rollback timer ran on while the simulator was stopped
  expect(last.truth(FIRST)).toMatchObject({ active: "12.9.57", committed: true });
});

test("an upload that was under way when the simulator stopped is broken", async () => {
  const clock = fakeClock();
  const keeper = memoryKeeper();
  const before = await openSite(SITE, { clock, keeper });
  before.place(FIRST, { kind: "stall", atByte: 1_500 });
  const { body, headers = {} } = upgrade(await firstImage());
  async function* pieces() {
    for (let at = 0; at < 3_000; at += 100) yield (body as Uint8Array).subarray(at, at + 100);
  }
  void visitor(before.device(FIRST)).ask(FWMGR, { headers, body: pieces() });
  await clock.advance(1_000);
  expect(before.truth(FIRST).uploads.map(({ verdict }) => verdict)).toEqual(["running"]);
  await before.stop();
  const after = await openSite(SITE, { clock, keeper });
  expect(after.truth(FIRST).uploads.map(({ verdict }) => verdict)).toEqual(["broken"]);
  expect(after.truth(FIRST).faults).toMatchObject([{ spec: { kind: "stall" }, fired: 1 }]);
});

test("a device that was put to sleep is the same when it wakes: same boot, same settings", async () => {
  const clock = fakeClock();
  const many = makeSite({ devices: 2_000, seed: "sleep", generations: ["12"] });
  const site = await openSite(many, { clock });
  const { address, serial } = many.blueprint(0).identity;
  const look = async () => {
    const device = site.deviceAt(address);
    if (!device) throw new Error("the site lost a device");
    const { data } = await visitor(device, null).json("/axis-cgi/systemready.cgi", { method: "systemready" });
    const { uptime, bootid } = data as { uptime: string; bootid: string };
    const name = await visitor(device).text("/axis-cgi/param.cgi?action=list&group=Network.HostName");
    return { device, told: { bootedMs: clock.wall() - Number(uptime) * 1000, bootid, name } };
  };
  const awaken = () =>
    Array.from({ length: 2_000 }, (_, index) => site.deviceAt(many.blueprint(index).identity.address));
  const first = await look();
  await clock.advance(3_600_000);
  awaken();
  const second = await look();
  expect(second.device).not.toBe(first.device);
  expect(second.told).toEqual(first.told);
  await visitor(second.device).text("/axis-cgi/param.cgi?action=update&Network.HostName=gate");
  awaken();
  const third = await look();
  expect(third.device).not.toBe(second.device);
  expect(third.told.name).toBe("Network.HostName=gate\n");
  expect(site.device(serial)).toBe(site.device(serial));
});

test("power is cut and restored by serial", async () => {
  const clock = fakeClock();
  const site = await openSite(SITE, { clock });
  site.cutPower(FIRST);
  await clock.advance(3_600_000);
  expect(site.truth(FIRST)).toMatchObject({ phase: "off", reachable: false });
  site.restorePower(FIRST);
  await clock.advance(300_000);
  expect(site.truth(FIRST)).toMatchObject({ phase: "ready", boots: 1 });
});
