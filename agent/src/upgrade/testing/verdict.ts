import { compareVersions, type OutcomeEvent } from "@fyr/protocol";
import type { Scenario, Stage } from "./scenarios.ts";

/** What every run must satisfy, however it was disturbed; the words say what is wrong. Empty: all is well. */
export function complaints(scenario: Scenario, { site, device }: Stage): string[] {
  const { uploads } = device;
  const whole = uploads.filter((upload) => upload.whole);
  const wrong = [
    ...site.unannounced.map((act) => `${act} without an intent on disk`),
    ...uploads
      .filter(({ ran, committed }) => committed && ran === scenario.target)
      .map(() => "flashed twice: upload to a device that ran the target, committed"),
    ...uploads.filter(({ overlapped }) => overlapped).map(() => "flashed twice: two uploads overlap"),
    ...(whole.length > 3 ? [`flashed twice: ${whole.length} tries`] : []),
    ...site.hub.outcomes().flatMap((outcome) => untrue(outcome, scenario, device)),
  ];
  if (site.hub.outcomes().length !== site.hub.events.size) wrong.push("a job without an outcome");
  return wrong;
}

function untrue(
  { outcome, code }: OutcomeEvent,
  { ends, target }: Scenario,
  device: Stage["device"],
): string[] {
  const said = `${outcome}:${code}`;
  const runsTarget = compareVersions(device.active, target) === 0;
  const wrong: string[] = [];
  if (!ends.some((end) => end === outcome || end === said)) wrong.push(`ended ${said}`);
  if (outcome === "succeeded" && !(runsTarget && device.committed && device.state !== "off")) {
    wrong.push(`said succeeded, runs ${device.active}, committed ${device.committed}`);
  }
  if ((outcome === "rolled_back" || outcome === "cancelled") && runsTarget)
    wrong.push(`said ${outcome}, runs target`);
  return wrong;
}
