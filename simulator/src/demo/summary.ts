import { join } from "node:path";
import type { Memory } from "./memory.ts";
import type { Verdict } from "./verdict.ts";

/** Where the hub's API is, and what opens it. */
export const access = ({ ports, token = "", person }: Memory) => ({
  api: `http://127.0.0.1:${ports.api}/api/v1`,
  token,
  ...(person && { email: person.email, password: person.password }),
});

/** What a newcomer should know at the end. */
/** @param folder where the demo keeps everything */
export function summary(verdict: Verdict, memory: Memory, folder: string): string[] {
  const { wanted = [] } = memory;
  const { api, token, email = "", password = "" } = access(memory);
  const { upgraded, devices, seconds, flashedTwice, agentKills, hubKills, problems } = verdict;
  const { servers, serversUpgraded } = verdict;
  const kills = [
    agentKills > 0 ? `agent killed ${agentKills} times` : "",
    hubKills > 0 ? `hub killed ${hubKills} times` : "",
  ].filter((part) => part !== "");
  return [
    "",
    `${upgraded} of ${wanted.length} devices upgraded, ${devices - wanted.length} were up to date, ${flashedTwice} flashed twice.`,
    ...(servers > 0 ? [`${serversUpgraded} of ${servers} ACS Pro servers upgraded.`] : []),
    [`${seconds} s`, ...kills].join(", "),
    ...problems.map((problem) => `! ${problem}`),
    "",
    `API     ${api}   (document: ${api}/openapi.json)`,
    `Person  ${email}, password ${password}; the second factor is a code by mail`,
    `Mail    npm run hub -- mail list --data ${join(folder, "hub")}`,
    `Token   ${token} (the hub's operator: images)`,
    "",
  ];
}

/** The verdict as one line of JSON for programs. */
export function lastLine({ problems, ...verdict }: Verdict): string {
  return JSON.stringify({ ...verdict, ...(problems.length > 0 && { problems }) });
}
