import { decideSettling } from "../decide.ts";
import type { Exit } from "../exits.ts";
import type { OpenJob } from "../job.ts";
import { watchUntilDecided } from "../watch.ts";

/**
 * S5 and S6: the device flashes, goes dark and comes back. There is no way to stop it, and nothing is sent to it but
 * questions.
 */
export async function settling(job: OpenJob): Promise<Exit> {
  const { probe, clock } = job.ports;
  const { usual } = job.site;
  let began = clock.mono();
  const measured = (step: "apply" | "return") => {
    usual.measured(step, clock.mono() - began, 1);
    began = clock.mono();
    probe.at(`step/${step}/after`);
  };
  enter(job, "apply");
  const exit = await watchUntilDecided(job, {
    paces: job.settings.settleEvery,
    decide: decideSettling,
    atOnce: false,
    onLook(reading) {
      if (reading.answers || job.record.step !== "apply") return;
      measured("apply");
      enter(job, "return");
    },
    resend: () => ({ move: "look" }),
  });
  if (exit.move === "answered" && job.record.step === "return") measured("return");
  return exit;
}

function enter(job: OpenJob, step: "apply" | "return"): void {
  job.enter(step);
  job.ports.probe.at(`step/${step}/before`);
}
