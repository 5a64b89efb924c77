import { compareVersions } from "@fyr/protocol";
import type { Endpoint, Inside } from "../inside.ts";
import { spaced } from "../json-text.ts";
import { echo, JSON_ERRORS, jsonAnswer, readCall, speaks } from "./vapix-json.ts";

/** A wait is cut here, whatever the client asks for. */
const LONGEST_WAIT_S = 3600;

/** All values are strings; which ones there are depends on the version of the reply (vapix.md 2.2). */
function readiness(device: Inside, version: string): Record<string, string> {
  const { state, clock, life } = device;
  const since = (minor: string) => compareVersions(version, minor) >= 0;
  const uptimeS = Math.max(0, Math.floor((clock.wall() - state.bootedMs) / 1000));
  return {
    systemready: device.faults.ready(life.phase() !== "booting") ? "yes" : "no",
    ...(since("1.1") && { needsetup: device.door.setupRefusal() ? "yes" : "no" }),
    ...(since("1.4") && { uptime: String(uptimeS), bootid: state.bootId }),
    ...(since("1.5") && { passphrasepolicy: "none" }),
  };
}

/** Holds the caller until the device is ready or `timeoutS` have passed. */
async function held({ life, clock }: Inside, timeoutS: number): Promise<void> {
  if (life.phase() !== "booting") return;
  let cancel = () => {};
  const late = new Promise<void>((resolve) => (cancel = clock.after(timeoutS * 1000, resolve)));
  await Promise.race([life.nextPhase(), late]);
  cancel();
}

/** From 9.50; no login. The one line that it answers has no newline at its end. */
export const systemReady: Endpoint = {
  path: "/axis-cgi/systemready.cgi",
  offered: ({ systemReady }) => systemReady !== null,
  listing: ({ systemReady: versions }) =>
    versions && { id: "systemready", version: versions.listed, name: "Systemready" },
  async answer(call) {
    const version = call.device.generation().systemReady?.replied ?? "1.0";
    const asked = await readCall(call);
    const reply = (outcome: object) =>
      jsonAnswer(
        call,
        spaced({ apiVersion: version, ...echo(asked ?? {}), method: asked?.method, ...outcome }),
      );
    if (call.request.method !== "POST") return reply({ error: JSON_ERRORS.httpMethod });
    if (!asked) return reply({ error: JSON_ERRORS.json });
    if (asked.method === "getSupportedVersions") return reply({ data: { apiVersions: [version] } });
    if (!speaks(asked)) return reply({ error: JSON_ERRORS.version });
    if (asked.method !== "systemready")
      return reply({ error: { code: 2004, message: "Unsupported method" } });
    const timeoutS = Number(asked.params?.["timeout"] ?? 0);
    await held(call.device, Math.min(LONGEST_WAIT_S, timeoutS > 0 ? timeoutS : 0));
    return reply({ data: readiness(call.device, version) });
  },
};
