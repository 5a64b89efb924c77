import type { ServerUpgrade, Task } from "@fyr/protocol";
import { serverProblems } from "./server.ts";
import type { DeviceTruth, ServerTruth } from "./truth.ts";

/** How the demo ended, as its last line says it. */
export interface Verdict {
  /**
   * Every device that should have been upgraded was, as the device itself proves; none was flashed twice. The same for
   * the ACS Pro server.
   */
  readonly ok: boolean;
  readonly devices: number;
  readonly upgraded: number;
  readonly failed: number;
  readonly flashedTwice: number;
  readonly servers: number;
  readonly serversUpgraded: number;
  readonly seconds: number;
  readonly agentKills: number;
  readonly hubKills: number;
  /** Where the hub and the devices disagree, and why devices failed: for people. */
  readonly problems: readonly string[];
}

export interface Ending {
  readonly wanted: readonly string[];
  readonly tasks: readonly Task[];
  readonly truth: readonly DeviceTruth[];
  /** The ACS Pro server, when its upgrade was ordered. */
  readonly server: { readonly upgrade: ServerUpgrade | null; readonly truth: ServerTruth } | null;
  readonly seconds: number;
  readonly agentKills: number;
  readonly hubKills: number;
}

const isUpgraded = ({ active, target, committed }: DeviceTruth): boolean => active === target && committed;

function problemOf(
  device: DeviceTruth | undefined,
  serial: string,
  task: Task | undefined,
): string | undefined {
  if (!device) return `${serial} is not in the site`;
  const { active, target } = device;
  const told = task?.phase ?? "never asked for";
  const reason = task?.outcomeCode ? ` (${task.outcomeCode})` : "";
  if (!isUpgraded(device))
    return `${serial} runs ${active} instead of ${target}; the hub says ${told}${reason}`;
  return told === "succeeded" ? undefined : `${serial} runs ${target}, yet the hub says ${told}${reason}`;
}

/** Judges by what the devices are, not by what anybody says of them. */
export function judge({ wanted, tasks, truth, server, ...figures }: Ending): Verdict {
  const devices = new Map(truth.map((device) => [device.serial, device]));
  const taskOf = new Map<string, Task>(tasks.map((task) => [task.serial, task]));
  const upgraded = wanted.filter((serial) => {
    const device = devices.get(serial);
    return device !== undefined && isUpgraded(device);
  }).length;
  const flashedTwice = truth.filter((device) => device.flashedTwice.length > 0);
  const wrong = server ? serverProblems(server.upgrade, server.truth) : [];
  const problems = [
    ...wanted.flatMap((serial) => problemOf(devices.get(serial), serial, taskOf.get(serial)) ?? []),
    ...flashedTwice.map(({ serial, flashedTwice: [first] }) => `${serial} was flashed twice: ${first?.rule}`),
    ...wrong,
  ];
  return {
    ok: problems.length === 0,
    devices: truth.length,
    upgraded,
    failed: wanted.length - upgraded,
    flashedTwice: flashedTwice.length,
    servers: server ? 1 : 0,
    serversUpgraded: server?.truth.running === server?.truth.target && server ? 1 : 0,
    ...figures,
    problems,
  };
}
