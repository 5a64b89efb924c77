import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { cpuMicros } from "./cpu.ts";
import { interleave, ratio, type Benchmark } from "./figure.ts";
import { openStage, start, type Identity } from "./stage.ts";

const REQUESTS = 4_000;
const AT_ONCE = 8;
const PATH = "/agent/v1/sync";

let made = 0;
/** UUIDv7 in form, rising as the hub wants them. */
const syncId = () => {
  const time = (Date.now() * 64 + (made++ % 64)).toString(16).padStart(12, "0").slice(-12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
};

const NOTHING = createHash("sha256").update("[]").digest("hex");
const NO_DEVICES = { hash: NOTHING, whole: true, devices: [], gone: [] };

const idleSync = (agentId: string, bootId: string, inventory?: typeof NO_DEVICES) =>
  JSON.stringify({
    wire: 1,
    agentId,
    bootId,
    syncId: syncId(),
    agentTime: Date.now(),
    agentVersion: "bench",
    capacity: { jobs: 8, cacheFreeBytes: 1 },
    jobs: [],
    events: [],
    commandAcks: [],
    inventoryHash: NOTHING,
    inventory,
  });

async function post(options: RequestOptions, body: string): Promise<number> {
  const sent = request({ ...options, method: "POST", path: PATH, headers: headersOf(body) });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  answer.resume();
  await once(answer, "end");
  return answer.statusCode ?? 0;
}

const headersOf = (body: string) => ({
  "content-type": "application/json",
  "content-length": String(Buffer.byteLength(body)),
});

/** CPU microseconds of the server per request, over kept connections. */
async function cost(pid: number, options: RequestOptions, body: () => string): Promise<number> {
  const lane = async (count: number) => {
    for (let sent = 0; sent < count; sent++) {
      const status = await post(options, body());
      if (status !== 204) throw new Error(`an idle sync was answered ${status}`);
    }
  };
  await lane(20);
  const before = await cpuMicros(pid);
  await Promise.all(Array.from({ length: AT_ONCE }, () => lane(REQUESTS / AT_ONCE)));
  return ((await cpuMicros(pid)) - before) / REQUESTS;
}

async function openYardstick(identity: Identity) {
  const folder = await mkdtemp(join(tmpdir(), "fyr-bare-"));
  const files = { key: identity.keyPem, cert: identity.chain, ca: identity.root };
  const paths = Object.keys(files).map((name) => join(folder, `${name}.pem`));
  await Promise.all(Object.values(files).map((text, index) => writeFile(paths[index] ?? "", text)));
  const program = await bundle(new URL("subjects/bare-https.ts", import.meta.url));
  const server = await start(program.file, paths, {});
  const close = async () => {
    await server.kill();
    await program.remove();
    await rm(folder, { recursive: true });
  };
  return { server, close };
}

export const benchmark: Benchmark = {
  id: "P1",
  title: "an idle sync over mutual TLS",
  async run(rounds) {
    const stage = await openStage();
    const identity = await stage.identity();
    const yardstick = await openYardstick(identity);
    const tls = { key: identity.keyPem, cert: identity.chain, ca: identity.root };
    const keep = () => new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const hub = new URL(identity.syncUrl);
    const toHub = { ...tls, agent: keep(), host: "127.0.0.1", servername: hub.hostname, port: hub.port };
    // Both servers do the same TLS; whose name the yardstick's certificate carries does not matter here.
    const toBare = {
      ...tls,
      agent: keep(),
      host: "127.0.0.1",
      port: Number(yardstick.server.ready["port"]),
      rejectUnauthorized: false,
    };
    const bootId = syncId();
    try {
      await post(toHub, idleSync(identity.agentId, bootId, NO_DEVICES));
      const pairs = await interleave(
        rounds,
        () => cost(stage.hub.pid, toHub, () => idleSync(identity.agentId, bootId)),
        () => cost(yardstick.server.pid, toBare, () => idleSync(identity.agentId, bootId)),
      );
      return [
        ratio("P1", "server CPU of an idle sync, against bare node:https", "µs", pairs, { atMost: 1.25 }),
      ];
    } finally {
      for (const { agent } of [toHub, toBare]) agent.destroy();
      await yardstick.close();
      await stage.close();
    }
  },
};
