import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createServerJobs,
  serverSettings,
  serverShelf,
  usual,
  type ServerJobs,
  type ServerSettings,
} from "@fyr/agent";
import { bufferImage, FakeHub, fileDisk, lockFolder, openHost, openStore } from "@fyr/agent/testing";
import { testImage } from "@fyr/certs/testing";
import { Digest, type ServerOrder, type TaskId } from "@fyr/protocol";
import { createLog, sleep, systemClock, systemFiles } from "@fyr/runtime";

/**
 * The jobs of a server as an agent runs them, in a process of their own, on a real host, over a real journal, with real
 * helpers; only the hub is played. Ends itself with SIGKILL at the point of FYR_KILL_AT, once. The last line that it
 * prints is what it told the hub.
 */
const { FYR_FOLDER: folder = "", FYR_PACKAGE: packagePath = "", FYR_TARGET: version = "" } = process.env;
const { FYR_UID: uid = "", FYR_AGENT_MAIN: agentMain = "", FYR_KILL_AT: killAt = "" } = process.env;
const { FYR_SETTINGS: changes = "{}" } = process.env;
const SPEED = 60;

const log = createLog({ name: "host-agent", level: "info", to: process.stderr });
const bytes = await readFile(packagePath);
const digest = Digest.parse(createHash("sha256").update(bytes).digest("hex"));
const facts = testImage({
  ...{ product: "acs-pro-server", models: ["acs-pro-server"], version, digest },
  sizeBytes: bytes.length,
});

const killed = join(folder, "killed");
const wasKilled = (await readFile(killed, "utf8").catch(() => "")).split("\n");
function at(point: string): void {
  appendFileSync(join(folder, "reached"), `${point}\n`);
  if (point !== killAt || wasKilled.includes(point)) return;
  appendFileSync(killed, `${point}\n`);
  process.kill(process.pid, "SIGKILL");
}

lockFolder(folder);
const store = openStore(fileDisk(join(folder, "agent.db"), 0));
const host = await openHost(
  { clock: systemClock, files: systemFiles, log, hostName: "host", env: process.env, lock: lockFolder },
  {
    ...{ dataDir: folder, serverProbe: "simulated", serverRoot: join(folder, "server-root") },
    ...{ serverService: "", serverPublisher: "nobody", serverMsiexec: "none" },
  },
  (run) => ({
    program: process.execPath,
    args: [agentMain, "server-helper", "--run", run, "--data", folder],
  }),
);
if (!host) throw new Error("no host");

const settings = { ...serverSettings(SPEED), ...(JSON.parse(changes) as Partial<ServerSettings>) };
const jobs: ServerJobs = createServerJobs({
  clock: systemClock,
  log,
  shelf: serverShelf(store.state, log),
  usual: usual(store.state, settings.usualMs),
  ...host,
  trust: {
    verifyServer: (document) => Promise.resolve({ order: document.signed as unknown as ServerOrder, facts }),
  },
  siteTime: { now: () => systemClock.wall(), uncertaintyMs: () => 0 },
  cache: {
    stage: () => Promise.resolve(bufferImage(bytes)),
    release: () => {},
    freeBytes: () => Promise.resolve(1e9),
  },
  probe: { at },
  settings,
});
jobs.start();
const taskId = "0190a000-0000-7000-8000-000000000001" as TaskId;
const order = {
  ...{ kind: "server", taskId, epoch: 1, uid, digest, attempt: 1, lookFirst: false, windows: [] },
  deadline: 4e12,
};
jobs.accept({
  kind: "server",
  order: { signed: order, signatures: [] },
  taskId,
  epoch: 1,
  targetVersion: facts.version,
  sizeBytes: bytes.length,
});

const hub = new FakeHub();
jobs.acknowledged(jobs.standings().map(({ jobId }) => ({ jobId, ackedSeq: 0, resendFrom: 1 })));
while (jobs.openJobs().some(({ isOpen }) => isOpen)) await sleep(systemClock, 50);
hub.sync(jobs);
const codes = hub.all().flatMap((event) => ("code" in event && event.code ? [event.code] : []));
console.log(JSON.stringify({ outcomes: hub.outcomes(), codes }));
await jobs.stop();
store.close();
process.exit(0);
