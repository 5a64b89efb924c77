import { PAST_ARMED, Serial } from "@fyr/protocol";
import { flashedTwice } from "@fyr/simulator";
import type { World, WorldAgent } from "../cast.ts";
import type { Judge } from "../witness.ts";
import { taskRows } from "./tasks.ts";

/** The journal cannot be read while its disk is broken; the agent cannot either. */
export const BLIND = Symbol("blind");

export function look<T>(read: () => T): T | typeof BLIND {
  try {
    return read();
  } catch {
    return BLIND;
  }
}

/**
 * Not flashed twice, as a device itself would tell it (security.md 3). One that tells its old version whatever it runs
 * cannot be seen through: that it takes an image again is its own doing, within the budget of tries.
 */
export function notFlashedTwice(world: World): Judge {
  const { stage } = world;
  const liars = new Set<string>();
  return {
    name: "X1",
    deviceChanged({ site }, serial) {
      const { uploads, faults } = site.truth(serial);
      if (faults.some(({ spec }) => spec.kind === "tells-old-version")) liars.add(serial);
      if (uploads.length < 2) return;
      for (const { rule, upload } of flashedTwice(uploads, { budget: budgetOf(world, serial) })) {
        if (rule !== "already-installed" || !liars.has(serial))
          stage.accuse("X1", `${serial}: upload ${upload}, ${rule}`);
      }
    },
  };
}

const TRIES = 3;

/** Each grant is a job with tries of its own. */
const budgetOf = (world: World, serial: string): number =>
  (taskRows(world) ?? [])
    .filter((row) => row.serial === serial)
    .reduce((sum, { epoch }) => sum + TRIES * epoch, TRIES);

/** What is sent to a device is announced in the journal of the one agent that may, and the device is the one meant. */
export const sentAsAnnounced = ({ stage, library }: World): Judge => ({
  name: "I2 I3 X6",
  uploadBegins({ host }, device) {
    const shown = device.identity().serial;
    const run = look(() => host.running()?.journal.openTransfer(Serial.parse(shown)));
    if (run === BLIND) return;
    if (!run) return stage.accuse("I2", `an image goes to ${shown} without an intent`);
    const job = host.running()?.journal.job(run.jobId);
    if (job?.order?.serial !== shown)
      stage.accuse("I3", `an image for ${job?.order?.serial} goes to ${shown}`);
    const image = library.facts.find(({ digest }) => digest === job?.order?.digest);
    const { hardwareId } = device.identity().model;
    if (!image?.hardwareIds.includes(hardwareId))
      stage.accuse("X6", `no image for ${hardwareId} is sent to it`);
  },
  uploadEnds({ host }, device) {
    const shown = device.identity().serial;
    const run = look(() => host.running()?.journal.openTransfer(Serial.parse(shown)));
    if (run !== BLIND && run?.seen?.lastChunk !== true)
      stage.accuse("I2", `the last piece goes to ${shown}, and the journal does not know`);
  },
  deviceChanged({ site }, serial) {
    const upload = site.truth(serial).uploads.at(-1);
    if (!upload?.complete || upload.verdict !== "accepted") return;
    const image = library.facts.find(({ digest }) => digest === upload.sha256);
    const { hardwareId } = site.truth(serial);
    if (!image?.hardwareIds.includes(hardwareId))
      stage.accuse("X6 I4", `${serial} was sent ${upload.sha256}`);
  },
});

/** At most one job of a device has begun to change it, over all agents; and no more at once than the site allows. */
export function oneJobPerDevice(world: World): Judge {
  const { stage, agents } = world;
  const begun = ({ host }: WorldAgent): string[] =>
    (host.running()?.agent.jobs.standings() ?? [])
      .filter(({ state }) => (PAST_ARMED as readonly string[]).includes(state))
      .map(({ jobId }) => look(() => host.running()?.journal.job(jobId)?.order?.serial))
      .filter((serial) => typeof serial === "string" && serial !== "") as string[];
  return {
    name: "I1 X8",
    uploadBegins(agent) {
      const serials = agents.flatMap(begun);
      if (new Set(serials).size < serials.length)
        stage.accuse("I1", `two jobs are under way: ${serials.join()}`);
      const running = agent.site
        .truth()
        .flatMap(({ uploads }) => uploads.filter(({ verdict }) => verdict === "running"));
      if (running.length >= UPLOADS_AT_ONCE) stage.accuse("X8", `${running.length + 1} uploads at once`);
    },
  };
}

/** As the agents are set. */
const UPLOADS_AT_ONCE = 2;
