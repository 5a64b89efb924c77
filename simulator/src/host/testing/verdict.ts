import type { Scenario } from "./scenarios.ts";
import type { HostStage } from "./stage.ts";
import { ATTENTION_CODES, RESTORE_OFFERED, type OutcomeEvent } from "@fyr/protocol";

/** What every run must satisfy, however it was disturbed; the words say what is wrong. Empty: all is well. */
export function complaints(scenario: Scenario, stage: HostStage): string[] {
  const outcomes = stage.hub.outcomes();
  const [outcome] = outcomes;
  if (outcomes.length !== 1 || !outcome) return [`${outcomes.length} outcomes`];
  return [
    ...wrongEnd(scenario, outcome),
    ...twice(scenario, stage),
    ...untrue(outcome, stage),
    ...early(stage),
  ];
}

function wrongEnd({ ends }: Scenario, { outcome, code }: OutcomeEvent): string[] {
  const isAllowed = ends.some((end) => end === outcome || end === `${outcome}:${code}`);
  return isAllowed ? [] : [`ended ${outcome}:${code}`];
}

/** Installed once: never two versions in a row, never two installers at a time, none of them stopped by us. */
function twice({ switches }: Scenario, { host }: HostStage): string[] {
  const truth = host.truth();
  return [
    ...(truth.switches.length === switches ? [] : [`put in place ${truth.switches.length} times`]),
    ...(truth.atOnce <= 1 ? [] : [`${truth.atOnce} installers at once`]),
    ...(truth.stopped === 0 ? [] : ["an installer was stopped"]),
  ];
}

function untrue({ outcome, code, version, evidence }: OutcomeEvent, { host, facts }: HostStage): string[] {
  const { installed, running } = host.truth();
  const isUp = running === facts.version;
  const offersBackup = code !== null && (RESTORE_OFFERED as readonly string[]).includes(code);
  return [
    ...(outcome === "succeeded" && !isUp ? [`said succeeded, runs ${running}`] : []),
    ...(outcome !== "succeeded" && outcome !== "skipped" && isUp && code !== "SERVER_UNVERIFIED"
      ? [`said ${outcome}, yet the target runs`]
      : []),
    ...(version === null || version === installed ? [] : [`said ${version}, has ${installed}`]),
    ...(offersBackup && typeof evidence["backup"] !== "string" ? ["no backup is named"] : []),
  ];
}

/** Nothing was called failed before its time; a backup came before each installer, and an intent before a helper. */
function early({ hub, host }: HostStage): string[] {
  const events = hub.all();
  const begun = events.filter((event) => event.kind === "step" && event.step === "install").length;
  const saved = events.findIndex(
    (event) => event.kind === "step" && event.step === "save" && event.moment === "done",
  );
  const install = events.findIndex((event) => event.kind === "step" && event.step === "install");
  const attention = events.filter(
    (event) =>
      event.kind === "state" && (ATTENTION_CODES as readonly (string | undefined)[]).includes(event.code),
  );
  const codes = attention.map((event) => (event.kind === "state" ? event.code : undefined));
  return [
    ...(host.truth().installersStarted <= begun ? [] : ["an installer that no intent announced"]),
    ...(install >= 0 && (saved < 0 || saved > install) ? ["installed without a backup"] : []),
    ...(new Set(codes).size === codes.length ? [] : ["asked for attention twice for one thing"]),
  ];
}
