import { isFault, type Fault } from "@fyr/protocol";
import { faultOr } from "../../upgrade/job.ts";
import { endBy, endWith, giveBack, type Exit } from "../exits.ts";
import { identityOf, pathOf } from "../identity.ts";
import type { ServerJob } from "../job.ts";
import { isStore, notNow } from "../now.ts";

/** V0 to V5: certain of the server, its data safe, the package at its place; then the helper, once. */
export async function executing(job: ServerJob): Promise<Exit> {
  if (job.openRun) return { move: "look" };
  const isAgain = job.record.runs.length > 0;
  // After a cut the server may be half down: what is asked of a healthy one is not asked of it again.
  return (
    (isAgain ? null : await prepare(job)) ??
    (await stage(job)) ??
    (await quiesce(job)) ??
    (await install(job))
  );
}

async function prepare(job: ServerJob): Promise<Exit | null> {
  job.enter("meet");
  job.ports.probe.at("server/meet/before");
  const wrong = await identityOf(job);
  if (wrong) return wrong;
  return (await checked(job)) ?? (await saved(job));
}

/** V1, tried again where waiting helps. */
async function checked(job: ServerJob): Promise<Exit | null> {
  job.enter("check");
  for (;;) {
    const refusal = await check(job);
    const isPassing = refusal?.move === "end" && refusal.code === "SERVER_EXPORTING";
    if (!isPassing || job.sinceMs > job.settings.stepMs.check) return refusal;
    await job.rest(job.settings.retryEveryMs);
  }
}

async function check(job: ServerJob): Promise<Exit | null> {
  const { host } = job.ports;
  const alive = await host.alive(job.stopping);
  if (alive.version === "unknown") return endWith("SERVER_UNREADABLE", { missing: "version" });
  // Without it nobody could say afterwards whether the server came back.
  if (alive.up === "unknown") return endWith("SERVER_UNREADABLE", { missing: "service" });
  const wrongPath = pathOf(job.order.image, alive.version);
  if (wrongPath) return wrongPath;
  const health = await host.health(job.stopping);
  job.demandGoing();
  if (alive.up === false) return endWith("SERVER_UNHEALTHY", { services: downIn(health.services) });
  if (health.exporting === true) return endWith("SERVER_EXPORTING");
  if (health.rebootPending === true) return endWith("SERVER_REBOOT_PENDING");
  const tight = await tooLittleRoom(job);
  if (tight) return tight;
  const facts = await host.facts(job.stopping);
  const devices = !facts || facts.devices === "unknown" ? null : facts.devices.length;
  job.write({ before: { version: alive.version, bootId: await host.bootId(), devices } });
  return null;
}

const downIn = (services: Awaited<ReturnType<ServerJob["ports"]["host"]["health"]>>["services"]): string =>
  services === "unknown"
    ? "unknown"
    : services
        .filter(({ state }) => state !== "running")
        .map(({ name }) => name)
        .join(", ");

async function tooLittleRoom(job: ServerJob): Promise<Exit | null> {
  const { needsBytes, freeBytes } = await job.ports.host.backupRoom();
  if (freeBytes === "unknown") return null;
  const wanted =
    job.settings.packageTimes * job.order.image.sizeBytes + (needsBytes === "unknown" ? 0 : needsBytes);
  return freeBytes >= wanted ? null : endWith("SERVER_DISK_FULL", { neededBytes: wanted, freeBytes });
}

/** V2: mandatory, and proved by reading it again. Once per job; a copy that a crash broke off is made anew. */
async function saved(job: ServerJob): Promise<Exit | null> {
  if (job.record.backup) return null;
  job.enter("save");
  const { host, probe } = job.ports;
  const { before, jobId, saves } = job.record;
  probe.at("server/save/before-intent");
  job.write({ saves: saves + 1 }, job.stepEvent("save", saves + 1, { moment: "begun" }));
  probe.at("server/save/after-intent");
  try {
    const backup = await host.backup(`${before?.version ?? "unknown"}-${jobId.slice(0, 12)}`, job.stopping);
    probe.at("server/save/after-act");
    const { sha256, sizeBytes: bytes, files, path } = backup;
    const evidence = { sha256, bytes, files, path: path.slice(-300) };
    job.write({ backup }, job.stepEvent("save", saves + 1, { moment: "done", evidence }));
    return null;
  } catch (error) {
    job.demandGoing();
    return refused(faultOr(error));
  }
}

function refused(fault: Fault): Exit {
  if (isStore(fault)) throw fault;
  return endBy(fault);
}

/** V3: the package at the helper's place, from the publisher it must be from, with nothing in it that must not be. */
async function stage(job: ServerJob): Promise<Exit | null> {
  job.enter("stage");
  const { cache, desk, probe } = job.ports;
  probe.at("server/stage/before");
  try {
    const image = await cache.stage(job.order.image, job.record.jobId, () => {}, job.stopping);
    await desk.stage(job.nextRunKey, image, job.stopping);
    probe.at("server/stage/after");
    return null;
  } catch (error) {
    job.demandGoing();
    const fault = faultOr(error);
    if (isFault(fault, "DISK_FULL"))
      return endWith("SERVER_DISK_FULL", { reason: "the package does not fit" });
    return refused(fault);
  }
}

/** V4: the last moment to stay away. */
async function quiesce(job: ServerJob): Promise<Exit | null> {
  job.enter("quiesce");
  job.ports.probe.at("server/quiesce/before");
  const isBegun = job.record.runs.some(({ began }) => began);
  if (job.record.fencedBy !== null && job.record.runs.length === 0) return giveBack("FENCED");
  return (isBegun ? null : notNow(job)) ?? (await identityOf(job));
}

/** V5: the intent, then the helper. From here on nobody stops anything. */
async function install(job: ServerJob): Promise<Exit> {
  job.enter("install");
  const { desk, probe } = job.ports;
  const { before, backup } = job.record;
  const { uid, digest, image } = job.order;
  const evidence = {
    from: before?.version ?? null,
    to: image.version,
    backup: backup?.path.slice(-300) ?? null,
  };
  const run = job.beginRun(evidence);
  await desk.start({
    runKey: run.runKey,
    act: "install",
    uid,
    digest,
    from: before?.version ?? "unknown",
    to: image.version,
    bootId: before?.bootId ?? "unknown",
    backup: backup?.path ?? null,
    backupSha256: backup?.sha256 ?? null,
  });
  probe.at("server/install/after-act");
  return { move: "sent" };
}
