import { RESTORE_OFFERED, type Evidence, type FaultCode } from "@fyr/protocol";
import { runKeyOf, Stopped, type ServerJob } from "./job.ts";
import type { Alive } from "./ports.ts";
import type { Restore, ServerJobRecord } from "./records.ts";
import { isVersion } from "./sight.ts";

/**
 * The backup of an upgrade that failed is put back, on a person's word: begun after its intent is on disk, watched to its
 * end, and told. Goes on after any crash where the journal says that it stood; asked for once, it is done once.
 */
export async function runRestore(job: ServerJob): Promise<void> {
  while (isRestoring(job.record)) {
    try {
      const { restore } = job.record;
      if (restore?.state === "asked") await begin(job, restore);
      else if (restore) await watch(job, restore);
    } catch (error) {
      if (job.stopping.aborted || error instanceof Stopped) return;
      job.log.error({ error }, "a restore broke off and is gone on with");
      job.record = job.ports.shelf.read(job.record.jobId) ?? job.record;
      await job.rest(job.settings.healEveryMs).catch(() => undefined);
      if (job.stopping.aborted) return;
    }
  }
}

/** Asked for, and not told to be over. */
export const isRestoring = ({ restore }: Pick<ServerJobRecord, "restore">): boolean =>
  restore !== null && restore.state !== "ended";

async function begin(job: ServerJob, restore: Restore): Promise<void> {
  const { clock, probe, usual } = job.ports;
  const refusal = await refusalOf(job);
  if (refusal) return finish(job, restore, refusal);
  const attempt = restore.try + 1;
  const until = Math.round(clock.wall() + usual.ms());
  const runKey = runKeyOf(job.record.jobId, "restore", attempt);
  const begun = { ...restore, state: "running", try: attempt, runKey, until } as const;
  probe.at("server/restore/before-intent");
  const evidence = { ...backupOf(job), until };
  job.write({ restore: begun }, job.stepEvent("restore", attempt, { moment: "begun", evidence }));
  probe.at("server/restore/after-intent");
  await start(job, begun);
  probe.at("server/restore/after-act");
}

/** What speaks against it now: nothing to put back, something newer since, or another server. */
async function refusalOf({ ports, record, stopping }: ServerJob): Promise<FaultCode | null> {
  const { ending, backup, order } = record;
  const offered: readonly (FaultCode | null)[] = RESTORE_OFFERED;
  if (ending?.outcome !== "failed" || !offered.includes(ending.code) || !backup || !order)
    return "SERVER_RESTORE_NONE";
  const isNewer = ({ jobId, acceptedAt, epoch, taskId }: ServerJobRecord) =>
    jobId !== record.jobId &&
    (acceptedAt > record.acceptedAt || (taskId === record.taskId && epoch > record.epoch));
  if (ports.shelf.all().some(isNewer)) return "SERVER_RESTORE_NONE";
  const facts = await ports.host.facts(stopping).catch(() => null);
  return facts && facts.uid !== order.uid ? "SERVER_WRONG" : null;
}

async function start(job: ServerJob, { runKey }: Restore): Promise<void> {
  const { before, backup } = job.record;
  const { uid, digest } = job.order;
  if (runKey === null) throw new Error("a restore without a run");
  await job.ports.desk.start({
    ...{ runKey, act: "restore", uid, digest },
    from: await runs(job),
    to: before?.version ?? "unknown",
    bootId: await job.ports.host.bootId(),
    ...{ backup: backup?.path ?? null, backupSha256: backup?.sha256 ?? null },
  });
}

const runs = async ({ ports, stopping }: ServerJob): Promise<string> =>
  (await ports.host.alive(stopping)).version;

/** Its helper is at work, or was: watched as an installer is, and never stopped. */
async function watch(job: ServerJob, restore: Restore): Promise<void> {
  const { desk } = job.ports;
  const { runKey } = restore;
  if (runKey === null) throw new Error("a restore without a run");
  for (;;) {
    const traces = await desk.look(runKey);
    job.demandGoing();
    if (!traces)
      await start(job, restore); // the intent is on disk, and nobody was started for it
    else if (traces.end)
      return finish(job, restore, traces.end.kind === "refused" ? traces.end.code : await verified(job));
    else if (!traces.busy) {
      const isBegun = traces.moment !== null && traces.moment !== "ready";
      // What is put in place whole may be begun again, for the backup is only read.
      if (isBegun ? traces.whole : await desk.abandon(runKey)) return again(job, restore);
      if (isBegun) return finish(job, restore, "SERVER_RESTORE_FAILED");
    }
    await job.rest(job.settings.watchEveryMs);
  }
}

async function again(job: ServerJob, restore: Restore): Promise<void> {
  if (restore.try >= job.settings.mostStarts) return finish(job, restore, "SERVER_RESTORE_FAILED");
  await job.rest(job.settings.watchEveryMs);
  job.write({ restore: { ...restore, state: "asked" } });
}

/** The version from before the upgrade runs again; null when it does. */
async function verified(job: ServerJob): Promise<FaultCode | null> {
  const { host } = job.ports;
  const wanted = job.record.before?.version ?? "unknown";
  for (let waitedMs = 0; ; waitedMs += job.settings.watchEveryMs) {
    if (isBack(await host.alive(job.stopping), wanted)) return null;
    job.demandGoing();
    if (waitedMs > job.settings.stepMs.services) return "SERVER_RESTORE_FAILED";
    await job.rest(job.settings.watchEveryMs);
  }
}

const isBack = ({ version, says, up }: Alive, wanted: string): boolean =>
  up === true &&
  (wanted === "unknown" || (isVersion(version, wanted) && (says === "unknown" || isVersion(says, wanted))));

async function finish(job: ServerJob, restore: Restore, code: FaultCode | null): Promise<void> {
  const { host, probe, desk } = job.ports;
  const { version, up } = await host.alive(job.stopping);
  job.demandGoing();
  const evidence: Evidence = { ...backupOf(job), runs: version, up };
  const news = { moment: code === null ? "done" : "failed", evidence, ...(code && { code }) } as const;
  probe.at("server/restore/before-outcome");
  const ended = { ...restore, state: "ended", code } as const;
  job.write({ restore: ended }, job.stepEvent("restore", Math.max(1, restore.try), news));
  probe.at("server/restore/after-outcome");
  for (let attempt = 1; attempt <= restore.try; attempt++)
    await desk.conclude(runKeyOf(job.record.jobId, "restore", attempt));
  job.log.info({ fault: code }, "restore ended");
}

const backupOf = ({ record: { backup } }: ServerJob): Evidence =>
  backup ? { backup: backup.path.slice(-300), backupSha256: backup.sha256 } : {};
