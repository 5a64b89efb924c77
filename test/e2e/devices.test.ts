import type { Camera, Reading, UploadOptions } from "@fyr/agent";
import { bufferImage, realSite, Secret, type RealSite } from "@fyr/agent/testing";
import { offers, proofFor, type Serial } from "@fyr/protocol";
import { demoImages, makeSite, serveSite, type FaultInput, type RunningSite } from "@fyr/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";

const GENERATIONS = ["5.51", "9.80", "10.12", "11.11", "12", "13"] as const;
type Generation = (typeof GENERATIONS)[number];

const site = makeSite({ devices: 60, seed: "devices", speed: 400, firstAddress: "127.41.0.1" });
const never = new AbortController().signal;
const images = new Map<string, Uint8Array>();
let running: RunningSite;
/** Knows every device, over TLS where it can. */
let agent: RealSite;

function newAgent(https: boolean): RealSite {
  const addresses = `${site.firstAddress}-${site.lastAddress}`;
  return realSite([{ addresses, httpPort: running.httpPort, httpsPort: https ? running.httpsPort : null }]);
}

beforeAll(async () => {
  running = await serveSite(site);
  for (const image of demoImages(site, 3_000_000)) images.set(image.fileName, await image.make());
  agent = newAgent(true);
  await agent.discovery.sweep(never);
});
afterAll(() => running.close());

/** Hands out devices that can be upgraded; each test takes its own. */
const untouched = new Map(
  GENERATIONS.map((generation, first) => {
    const all = Array.from(
      { length: site.size / GENERATIONS.length },
      (_, round) => first + round * GENERATIONS.length,
    );
    return [
      generation,
      all.map((index) => site.blueprint(index)).filter(({ version, target }) => version !== target),
    ];
  }),
);

function take(generation: Generation, from: RealSite = agent) {
  const blueprint = untouched.get(generation)?.shift();
  if (!blueprint) throw new Error(`no device of ${generation} is left`);
  const serial = blueprint.identity.serial as Serial;
  const name = `${blueprint.identity.model.prodNbr}_${blueprint.target}`.replaceAll(/[ .]/g, "_");
  const bytes = images.get(`${name}.bin`);
  if (!bytes) throw new Error(`no image ${name} among ${[...images.keys()].join(", ")}`);
  return {
    ...blueprint,
    serial,
    image: bufferImage(bytes),
    camera: () => from.inventory.camera(from.inventory.find(serial)!),
    truth: () => running.truth(serial),
    place: (fault: FaultInput) => running.place(serial, fault),
  };
}

const options = (given: Partial<UploadOptions> = {}): UploadOptions => ({
  autoRollbackMinutes: 30,
  runKey: "run",
  beforeLastChunk: () => {},
  onSent: () => {},
  ...given,
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(camera: Camera, holds: (reading: Reading) => boolean): Promise<Reading> {
  for (let look = 0; look < 100; look++) {
    const reading = await camera.look(never);
    if (holds(reading)) return reading;
    await pause(100);
  }
  throw new Error("the device never came to that");
}

const runs = (version: string) => (reading: Reading) =>
  reading.ready !== false &&
  Object.values(reading.versions).includes(version) &&
  reading.access === "granted";

test("a sweep knows every generation by its own words", () => {
  expect(agent.inventory.all()).toHaveLength(site.size);
  for (const [index, generation] of GENERATIONS.entries()) {
    const { identity, version } = site.blueprint(index);
    expect(agent.inventory.find(identity.serial as Serial)).toMatchObject({
      host: identity.address,
      model: identity.model.prodNbr,
      name: identity.model.prodFullName,
      hardwareId: identity.model.hardwareId,
      version,
      scheme: generation === "5.51" ? "http" : "https",
      trouble: null,
    });
  }
});

test.each([
  ["TLS where there is one", true],
  ["plain HTTP", false],
] as const)("over %s: looked at, sent, back on trial, committed", async (_, https) => {
  const from = newAgent(https);
  await from.discovery.sweep(never);
  const upgrade = async (generation: Generation) => {
    const { camera, image, version, target, truth, serial } = take(generation, from);
    const before = await camera().look(never);
    expect(before).toMatchObject({ answers: true, serial, access: "granted", keyChanged: false });
    for (const source of proofFor(version).versionFrom)
      expect(before.versions).toMatchObject({ [source]: version });
    expect(before.ready).toBe(offers(version, "ready") ? true : null);
    expect(before.bootId !== null).toBe(offers(version, "bootId"));
    const answer = await camera().upload(image, options(), never);
    // Some of 5.51 drop the connection when they begin to flash.
    expect(answer.kind).toBe(generation === "5.51" && answer.kind === "unknown" ? "unknown" : "accepted");
    expect(truth().uploads).toMatchObject([{ complete: true, sha256: image.digest, verdict: "accepted" }]);
    const back = await until(camera(), runs(target));
    const trials = generation !== "5.51";
    expect(back.committed).toBe(trials ? false : null);
    await camera().commit(never);
    const done = await camera().look(never);
    expect(done).toMatchObject(trials ? { committed: true, inactiveVersion: version } : { committed: null });
    expect(truth()).toMatchObject({ active: target, committed: true, flashedTwice: [] });
  };
  await Promise.all(GENERATIONS.filter((generation) => https || generation !== "13").map(upgrade));
});

test("an image for another product is refused by the device's own code", async () => {
  const { camera } = take("12");
  const { image } = take("11.11");
  expect(await camera().upload(image, options(), never)).toMatchObject({ kind: "refused", code: 421 });
});

test("busy", async () => {
  const { camera, image, place, truth } = take("11.11");
  place({ kind: "busy", times: 2 });
  expect(await camera().look(never)).toMatchObject({ busy: true, access: "granted" });
  expect(await camera().upload(image, options(), never)).toEqual({ kind: "busy" });
  expect(truth().uploads).toEqual([]);
});

test("power lost early in an upload: the transfer was cut", async () => {
  const { camera, image, place } = take("11.11");
  place({ kind: "power-cut-in-upload", atByte: 500_000 });
  const large = bufferImage(Buffer.alloc(60_000_000, await firstByte(image.body())));
  let marked = false;
  const sending = camera().upload(large, options({ beforeLastChunk: () => (marked = true) }), never);
  await expect(sending).rejects.toMatchObject({ code: "TRANSFER_CUT" });
  expect(marked).toBe(false);
});

async function firstByte(body: { chunks(): AsyncIterable<Uint8Array> }): Promise<number> {
  for await (const chunk of body.chunks()) return chunk[0] ?? 0;
  return 0;
}

test("a stalled upload can be taken back", async () => {
  const { camera, place } = take("10.12");
  place({ kind: "stall", atByte: 100_000 });
  const stop = new AbortController();
  const sending = camera().upload(bufferImage(Buffer.alloc(40_000_000, 1)), options(), stop.signal);
  setTimeout(() => stop.abort(new Error("cancelled")), 300);
  await expect(sending).rejects.toThrow("cancelled");
});

test("a password that no longer holds is tried once", async () => {
  const own = newAgent(true);
  await own.discovery.sweep(never);
  const { camera, place, serial } = take("12", own);
  place({ kind: "unauthorized" });
  for (let look = 0; look < 3; look++) expect(await camera().look(never)).toMatchObject({ access: "denied" });
  running.device(serial).faults.clear();
  expect(await camera().look(never)).toMatchObject({ access: "denied" });
  own.login = { user: "root", password: new Secret("pass"), revision: "2" };
  expect(await camera().look(never)).toMatchObject({ access: "granted" });
});

test("another serial at its address: nothing is sent", async () => {
  const { camera, place, image, truth } = take("12");
  place({ kind: "wrong-serial", serial: "B8A44FFFFFFF" });
  expect(await camera().look(never)).toMatchObject({ serial: "B8A44FFFFFFF", access: "untried" });
  await expect(camera().upload(image, options(), never)).rejects.toMatchObject({ code: "DEVICE_WRONG" });
  expect(truth().uploads).toEqual([]);
});

test("a new certificate stops everything until it is accepted", async () => {
  const { camera, place, serial } = take("12");
  place({ kind: "new-certificate" });
  await camera().restart(never);
  const changed = await until(camera(), ({ keyChanged }) => keyChanged);
  expect(changed).toMatchObject({ serial, access: "untried" });
  await expect(camera().commit(never)).rejects.toMatchObject({ code: "DEVICE_KEY_CHANGED" });
  await camera().renewPin(never);
  await until(camera(), ({ access }) => access === "granted");
});

test("a backup holds the parameters and the applications", async () => {
  const { camera, serial, version } = take("13");
  const saved = JSON.parse(Buffer.from(await camera().backup(never)).toString()) as Record<string, string>;
  expect(saved).toMatchObject({ serial, version });
  expect(saved.parameters?.split("\n").length).toBeGreaterThan(20);
  expect(saved.applications).toContain("<reply");
});

test("a roll back brings the old image, once", async () => {
  const { camera, image, version, target, truth } = take("9.80");
  await camera().upload(image, options(), never);
  await until(camera(), runs(target));
  await camera().rollBack(never);
  await until(camera(), (reading) => runs(version)(reading) && truth().phase === "ready");
  await expect(camera().rollBack(never)).rejects.toMatchObject({ code: "ROLLBACK_FAILED" });
});

test.each(["answer-lost", "answer-withheld", "answers-500-but-flashes"] as const)(
  "%s: nothing is believed, and the device shows that it took the image",
  async (kind) => {
    const { camera, image, place, target } = take("10.12");
    place({ kind });
    expect(await camera().upload(image, options(), never)).toMatchObject({ kind: "unknown" });
    await until(camera(), runs(target));
  },
);

test("5.51 restarts by its own call", async () => {
  const { camera, truth } = take("5.51");
  const { boots } = truth();
  await camera().restart(never);
  while (truth().boots === boots) await pause(20);
  await expect(
    camera()
      .rollBack(never)
      .catch((error: { code: string }) => error.code),
  ).resolves.toMatch(/ROLLBACK_FAILED|DEVICE_UNREACHABLE/);
});
