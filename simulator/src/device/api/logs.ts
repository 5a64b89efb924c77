import { isoSeconds } from "../dates.ts";
import { answer } from "../exchange.ts";
import type { Upload } from "../history.ts";
import { hostName } from "../identity.ts";
import type { Endpoint, Inside } from "../inside.ts";
import { parameters } from "../parameters.ts";

type Line = readonly [level: string, wallMs: number, text: string];

const ofUpload = (upload: Upload): Line[] => [
  ["INFO", upload.begunMs, `fwmgr[812]: Firmware upload started`],
  ...(upload.endedMs === undefined
    ? []
    : [["INFO", upload.endedMs, `fwmgr[812]: Firmware upload ${upload.verdict}`] as const]),
];

function lines(device: Inside): string[] {
  const name = hostName(device.identity());
  const boot: Line = ["INFO", device.state.bootedMs, "kernel: Booting Linux"];
  const all = [boot, ...device.state.uploads.flatMap(ofUpload)].sort(([, a], [, b]) => a - b);
  const boa = device.generation().webServer === "boa";
  return all.map(([level, wallMs, text]) => {
    const at = isoSeconds(wallMs);
    return boa
      ? `<${level.padEnd(8)}> ${at} ${name} ${text}`
      : `${at.slice(0, -1)}.000+00:00 ${name} [ ${level.padEnd(8)}] ${text}`;
  });
}

/** Newest first, as devices print it (vapix.md 2.8). */
const log = (device: Inside): string =>
  lines(device)
    .reverse()
    .map((line) => `${line}\n`)
    .join("");

export const systemLog: Endpoint = {
  path: "/axis-cgi/systemlog.cgi",
  answer: (call) => call.refusal("admin") ?? answer("text/plain", log(call.device)),
};

/** A short one, as text whatever `mode` asks for. */
export const serverReport: Endpoint = {
  path: "/axis-cgi/serverreport.cgi",
  answer(call) {
    const refusal = call.refusal("admin");
    if (refusal) return refusal;
    const values = Object.entries(parameters(call.device)).map(([name, value]) => `${name}=${value}\n`);
    return answer(
      "text/plain",
      `----- System log -----\n${log(call.device)}\n----- Parameters -----\n${values.join("")}`,
    );
  },
};
