import { Fault } from "@fyr/protocol";
import { z } from "zod";
import type { Caller } from "../caller.ts";
import { labelFrom } from "./facts.ts";
import { readEnvelope } from "./json.ts";

const Data = z.object({
  systemready: z.string(),
  needsetup: z.string().optional(),
  uptime: z.string().optional(),
  bootid: z.string().optional(),
});

export interface Readiness {
  readonly ready: boolean;
  readonly needsSetup: boolean;
  /** From AXIS OS 11; null before. */
  readonly bootId: string | null;
  readonly uptimeS: number | null;
}

/** The device would hold its answer until it is ready; we ask again instead. */
const BODY = JSON.stringify({ apiVersion: "1.0", method: "systemready", params: { timeout: 1 } });

/** Whether a device has started up, without a login (from AXIS OS 9.50). @see VAPIX Systemready API */
export async function readReadiness(caller: Caller): Promise<Readiness> {
  const answer = await caller.call({ method: "POST", path: "/axis-cgi/systemready.cgi", body: BODY });
  const result = readEnvelope(answer, Data);
  if (!result.ok) throw new Fault("DEVICE_ANSWER", { method: "systemready", code: result.refusal.code });
  const { systemready, needsetup, uptime, bootid } = result.data;
  return {
    ready: systemready === "yes",
    needsSetup: needsetup === "yes",
    bootId: labelFrom(bootid, 64),
    uptimeS: uptime !== undefined && /^\d{1,12}$/.test(uptime) ? Number(uptime) : null,
  };
}
