import { readFile } from "node:fs/promises";
import { Agent, request as send } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { agentTlsOptions } from "@fyr/certs";
import { siteOf, type TestSite } from "@fyr/hub/testing";
import {
  AGENT_ROUTES,
  fromProblem,
  parse,
  SyncResponse,
  type AgentSlot,
  type SyncRequest,
} from "@fyr/protocol";
import { seededRandom, systemClock } from "@fyr/runtime";
import { enrolledAgent } from "./agent.ts";

/** What enrolment left on the disk of an agent. */
interface Identity {
  readonly agentId: string;
  readonly orgId: string;
  readonly keyPem: string;
  readonly chain: string;
  readonly root: string;
  readonly syncUrl: string;
}

/** Speaks for a site as an agent does, over mutual TLS, but has neither devices nor a disk: for load. */
export interface ThinAgent extends TestSite {
  close(): void;
}

export async function thinAgent(folder: string, slot: AgentSlot): Promise<ThinAgent> {
  await enrolledAgent(folder, slot, { ranges: [], speed: 1 });
  const identity = JSON.parse(await readFile(join(folder, "identity.json"), "utf8")) as Identity;
  const { hostname, port } = new URL(identity.syncUrl);
  const credentials = { keyPem: identity.keyPem, chainPem: identity.chain };
  const line = new Agent({
    ...agentTlsOptions(identity.root, hostname, credentials),
    keepAlive: true,
    maxSockets: 1,
  });
  const target = { hostname, port, path: AGENT_ROUTES.sync, method: "POST", agent: line };

  async function sync(_: unknown, said: SyncRequest) {
    const body = Buffer.from(JSON.stringify(said));
    const headers = { "content-type": "application/json", "content-length": body.length };
    const sent = send({ ...target, headers });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    const answer = await text(response);
    const status = response.statusCode ?? 0;
    if (status === 204) return { answer: null, nextPollMs: 0 };
    if (status !== 200) throw fromProblem(JSON.parse(answer)) ?? new Error(`sync answered ${status}`);
    return { answer: parse(SyncResponse, answer), nextPollMs: 0 };
  }

  const door = { sync } as unknown as Parameters<typeof siteOf>[1]["door"];
  const who = identity as unknown as TestSite["identity"];
  const site = siteOf({ clock: systemClock, random: seededRandom(identity.agentId) }, { door }, who);
  return { ...site, close: () => line.destroy() };
}
