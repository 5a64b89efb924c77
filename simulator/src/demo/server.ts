import { isTerminal, type Server, type ServerUpgrade } from "@fyr/protocol";
import type { Row } from "./rows.ts";
import type { ServerTruth } from "./truth.ts";

/** What the hub says of the server; its upgrade once one was ordered. */
export interface ServerSeen {
  readonly server: Server;
  readonly upgrade: ServerUpgrade | null;
}

const doing = ({ server, upgrade }: ServerSeen): string => {
  if (!upgrade) return server.recommended ? "found" : "up to date";
  if (upgrade.state === "failed") return `failed: ${upgrade.outcomeCode ?? "no reason given"}`;
  // It is being upgraded, which is no fault.
  return upgrade.unavailable ? `unavailable: ${upgrade.state}` : upgrade.state;
};

/** @param now on the hub's clock, which is this machine's */
export function serverRow(seen: ServerSeen, now: number): Row {
  const { server, upgrade } = seen;
  const expected = upgrade?.expectedEnd ?? null;
  const to = upgrade?.toVersion ?? server.recommended?.version ?? null;
  return {
    serial: server.machineId,
    model: "ACS Pro server",
    from: upgrade?.fromVersion ?? String(server.version),
    to,
    doing: doing(seen),
    percent: upgrade?.phase === "succeeded" ? 100 : (upgrade?.percent ?? 0),
    leftMs: expected === null ? null : expected - now,
    over: upgrade ? isTerminal(upgrade.phase) : to === null,
  };
}

/** What is wrong with the server's upgrade, by what its service says of itself; empty when all is well. */
export function serverProblems(
  upgrade: ServerUpgrade | null,
  { target, running, starts }: ServerTruth,
): string[] {
  const told = upgrade?.state ?? "never asked for";
  const reason = upgrade?.outcomeCode ? ` (${upgrade.outcomeCode})` : "";
  const hub = `the hub says ${told}${reason}`;
  const came = starts.filter((version) => version === target).length;
  if (running !== target) return [`the server runs ${running ?? "nothing"} instead of ${target}; ${hub}`];
  return [
    ...(came > 1 ? [`the server was installed on ${came} times`] : []),
    ...(told === "done" ? [] : [`the server runs ${target}, yet ${hub}`]),
  ];
}
