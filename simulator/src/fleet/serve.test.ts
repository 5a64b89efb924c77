import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { curl } from "../testing/curl.ts";
import { serveSite, type RunningSite } from "./serve.ts";
import { makeSite } from "./site.ts";
import type { DeviceTruth } from "./truth.ts";

const folders: string[] = [];
let running: RunningSite | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "fyr-site-"));
  folders.push(path);
  return path;
}

const SITE = makeSite({ devices: 6, seed: "serve", firstAddress: "127.50.0.1", speed: 500 });

const post = (path: string, body: object) =>
  curl(`http://127.0.0.1:${running?.truthPort}${path}`, "--data", JSON.stringify(body));

test("a site is served by scheme and generation: 5.51 by HTTP alone, 13 by HTTPS alone", async () => {
  running = await serveSite(SITE);
  const reached = async (index: number) => {
    const { address } = SITE.blueprint(index).identity;
    const http = await curl(`http://${address}:${running?.httpPort}/`);
    const https = await curl(`https://${address}:${running?.httpsPort}/`);
    return [http.status, https.status];
  };
  expect(await reached(0)).toEqual([200, 0]);
  expect(await reached(1)).toEqual([200, 200]);
  expect(await reached(5)).toEqual([0, 200]);
});

test("the truth API tells what is, places faults and cuts power", async () => {
  running = await serveSite(SITE);
  const truth = async () =>
    JSON.parse((await curl(`http://127.0.0.1:${running?.truthPort}/truth`)).body) as DeviceTruth[];
  const [first] = await truth();
  expect(await truth()).toEqual(JSON.parse(JSON.stringify(running.truth())));
  const serial = first?.serial ?? "";
  expect((await post("/faults", { serial, fault: { kind: "slow", bytesPerSecond: 10 } })).status).toBe(200);
  expect((await truth())[0]?.faults).toEqual([{ spec: { kind: "slow", bytesPerSecond: 10 }, fired: 0 }]);
  expect((await post("/power", { serial, power: "cut" })).status).toBe(200);
  expect((await truth())[0]).toMatchObject({ phase: "off", reachable: false });
  expect((await curl(`http://${first?.address}:${running.httpPort}/`)).status).toBe(0);
});

test("the truth API refuses what it does not understand, and visitors from elsewhere", async () => {
  running = await serveSite(SITE);
  const { serial } = SITE.blueprint(0).identity;
  const orders = [
    { serial },
    { serial, fault: { kind: "explodes" } },
    { serial: "ACCC8E000000", fault: { kind: "unauthorized" } },
  ];
  for (const order of orders) expect((await post("/faults", order)).status).toBe(400);
  expect((await post("/power", { serial, power: "more" })).status).toBe(400);
  expect((await post("/nothing", {})).status).toBe(404);
  const rebound = await curl("--header", "Host: evil.example", `http://127.0.0.1:${running.truthPort}/truth`);
  expect(rebound.status).toBe(404);
  expect(running.truth(serial)).toMatchObject({ phase: "ready", faults: [] });
});

test("what is kept in a folder is there again: ports, certificates, states", async () => {
  const dataFolder = await folder();
  const { address, serial } = SITE.blueprint(4).identity;
  const pinned = async () => {
    const port = running?.httpsPort ?? 0;
    const socket = connect({ host: address, port, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const certificate = socket.getPeerX509Certificate()?.fingerprint256;
    socket.destroy();
    return { port, certificate: certificate ?? "none" };
  };
  running = await serveSite(SITE, { dataFolder });
  const before = await pinned();
  running.cutPower(serial);
  await running.close();
  expect(await readdir(join(dataFolder, "devices"))).toEqual([`${serial}.json`]);

  running = await serveSite(SITE, { dataFolder });
  expect(running.truth(serial)).toMatchObject({ phase: "off" });
  running.restorePower(serial);
  while (running.device(serial).life.phase() !== "ready") await running.device(serial).life.nextPhase();
  expect(before.certificate).toMatch(/^[0-9A-F:]{95}$/);
  expect(await pinned()).toEqual(before);
});

test("a folder of another site is refused", async () => {
  const dataFolder = await folder();
  running = await serveSite(SITE, { dataFolder });
  await expect(serveSite(makeSite({ devices: 7, seed: "serve" }), { dataFolder })).rejects.toThrow(
    "another simulated site",
  );
});

test("50,000 idle devices start at once and weigh next to nothing (P15)", async () => {
  const site = makeSite({ devices: 50_000, seed: "many", firstAddress: "127.60.0.1" });
  const heapBefore = process.memoryUsage().heapUsed;
  const startedMs = performance.now();
  running = await serveSite(site);
  expect(performance.now() - startedMs).toBeLessThan(500);
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(10_000_000);
  const { address } = site.blueprint(49_999).identity;
  expect((await curl(`https://${address}:${running.httpsPort}/`)).status).toBe(200);
});
