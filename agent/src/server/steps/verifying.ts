import type { FaultCode } from "@fyr/protocol";
import { end, type Exit } from "../exits.ts";
import type { ServerJob } from "../job.ts";
import { evidenceOf } from "../look.ts";
import type { Alive } from "../ports.ts";
import { isVersion } from "../sight.ts";

/** V6 to V8: the service is back with the target, and what it recorded before is there again. */
export async function verifying(job: ServerJob): Promise<Exit> {
  const failed = (await returned(job)) ?? (await complete(job));
  if (failed) return failed;
  job.enter("finish");
  const { clock, usual, probe } = job.ports;
  probe.at("server/finish/before");
  const run = job.openRun;
  if (run) usual.measured(Math.max(1, clock.wall() - run.at));
  return end("succeeded", null, await evidence(job));
}

/** V6: waits for service and version, as long as that may take. */
async function returned(job: ServerJob): Promise<Exit | null> {
  job.enter("services");
  const { host, probe } = job.ports;
  probe.at("server/services/before");
  for (;;) {
    const alive = await host.alive(job.stopping);
    job.demandGoing();
    if (isBack(alive, job.order.image.version)) break;
    if (job.sinceMs > job.settings.stepMs.services) return notBack(job, alive);
    await job.rest(job.settings.watchEveryMs);
  }
  probe.at("server/services/after");
  return null;
}

/** A service that can be asked must say the version itself; on record alone counts where nothing can be asked. */
const isBack = ({ version, says, up }: Alive, target: string): boolean =>
  up !== false && isVersion(version, target) && (says === "unknown" ? up === true : isVersion(says, target));

const notBack = async (job: ServerJob, alive: Alive): Promise<Exit> =>
  end("failed", whyNotBack(alive, job.order.image.version), await evidence(job));

/** A service that answers with another version has come back, whatever stands on record. */
function whyNotBack({ version, says }: Alive, target: string): FaultCode {
  const isAnswering = says !== null && says !== "unknown";
  if (isVersion(version, target))
    return isAnswering && !isVersion(says, target) ? "SERVER_VERSION_UNCHANGED" : "SERVER_NO_RETURN";
  return version === "unknown" ? "SERVER_UNVERIFIED" : "SERVER_VERSION_UNCHANGED";
}

/** V7: the devices that it recorded before. What the host cannot tell is not held against it. */
async function complete(job: ServerJob): Promise<Exit | null> {
  job.enter("verify");
  const { probe, settings } = job.ports;
  probe.at("server/verify/before");
  for (;;) {
    const missing = await missingDevices(job);
    if (missing === null) break;
    if (job.sinceMs > settings.stepMs.verify)
      return end("failed", "SERVER_UNVERIFIED", { ...(await evidence(job)), missing: `${missing} devices` });
    await job.rest(settings.watchEveryMs);
  }
  probe.at("server/verify/after");
  return null;
}

async function missingDevices({ ports, record, stopping }: ServerJob): Promise<number | null> {
  const wanted = record.before?.devices ?? null;
  const facts = await ports.host.facts(stopping).catch(() => null);
  if (wanted === null || !facts || facts.devices === "unknown") return null;
  const missing = wanted - facts.devices.length;
  return missing * 100 > wanted * (100 - ports.settings.devicesPercent) ? missing : null;
}

async function evidence(job: ServerJob) {
  const run = job.openRun;
  const traces = run && (await job.ports.desk.look(run.runKey));
  return evidenceOf(job, traces, await job.ports.host.alive(job.stopping));
}
