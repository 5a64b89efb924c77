import { Fault } from "@fyr/protocol";
import { deadline } from "@fyr/runtime";
import type { Camera, Reading } from "../ports.ts";
import { silence } from "../reading.ts";
import { Interrupted, type OpenJob } from "./job.ts";
import { learn } from "./learn.ts";

/** The job's device where it was met last; undefined when the site does not know it. */
export function cameraOf(job: OpenJob): Camera | undefined {
  const { inventory } = job.ports;
  const device = inventory.find(job.serial);
  return device && inventory.camera(device);
}

/**
 * One look at the job's device. Past its time it counts as silence.
 *
 * @throws Interrupted
 */
export async function look(job: OpenJob): Promise<Reading> {
  const { clock } = job.ports;
  const { signal } = job;
  const limit = deadline(clock, job.settings.lookMs, () => new Error("the look took too long"), signal);
  const late = Promise.withResolvers<Reading>();
  const giveUp = () => late.resolve(silence(clock.mono()));
  limit.signal.addEventListener("abort", giveUp);
  try {
    const reading = cameraOf(job)?.look(limit.signal) ?? Promise.resolve(silence(clock.mono()));
    job.reading = await Promise.race([reading, late.promise]);
  } catch (error) {
    if (!limit.signal.aborted) throw error;
    job.reading = silence(clock.mono());
  } finally {
    limit.signal.removeEventListener("abort", giveUp);
    limit.release();
  }
  if (signal.aborted) throw signal.reason instanceof Interrupted ? signal.reason : new Interrupted("stop");
  return job.reading;
}

/**
 * A look that is remembered: what it taught about an upload under way is on disk before anybody concludes from it.
 *
 * @param watchedMs since the look before
 */
export async function watch(job: OpenJob, watchedMs: number): Promise<Reading> {
  const reading = await look(job);
  const run = job.openFlash;
  const seen = learn(run, reading, watchedMs);
  job.note(run, { seen });
  return reading;
}

/**
 * One call that changes something, after its intent. Nothing interrupts it but its own time.
 *
 * @returns what went wrong, to be judged by the next look; undefined when the device said yes
 */
export async function actOn(
  job: OpenJob,
  act: (camera: Camera, signal: AbortSignal) => Promise<void>,
): Promise<unknown> {
  const camera = cameraOf(job);
  if (!camera) return new Fault("DEVICE_UNKNOWN");
  const limit = deadline(job.ports.clock, job.settings.lookMs, () => new Fault("DEVICE_UNREACHABLE"));
  try {
    await act(camera, limit.signal);
    return undefined;
  } catch (error) {
    return limit.signal.aborted ? limit.signal.reason : error;
  } finally {
    limit.release();
  }
}
