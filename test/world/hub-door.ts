import { readFakeCertificate } from "@fyr/certs/testing";
import type { HubAnswer, HubRequest } from "@fyr/agent/testing";
import type { AgentDoor } from "@fyr/hub";
import { refusal, toFault } from "@fyr/hub/testing";
import { AGENT_ROUTES, Fault, NEXT_POLL_HEADER, parse, RenewRequest, SyncRequest } from "@fyr/protocol";
import { gunzipSync } from "node:zlib";
import type { Stage } from "./core/stage.ts";
import type { Library } from "./images.ts";

/** A request as it reaches the hub: what was asked, and by which certificate. */
export type Asked = Pick<HubRequest, "method" | "path" | "headers" | "body"> & { readonly chainPem: string };

const RENEWAL_GRACE_MS = 180 * 24 * 3_600_000;

const json = (value: unknown, headers: Record<string, string> = {}): HubAnswer => ({
  status: 200,
  headers: { "content-type": "application/json", ...headers },
  body: Buffer.from(JSON.stringify(value)),
});

/** Judges and the hub read the same body. */
const texts = new WeakMap<Uint8Array, string>();

/** What a body says, whether it came packed or not. */
export function textOf({ headers = {}, body = new Uint8Array() }: Pick<Asked, "headers" | "body">): string {
  const known = texts.get(body);
  if (known !== undefined) return known;
  const isPacked = headers["content-encoding"] === "gzip";
  const text = Buffer.from(isPacked ? gunzipSync(body) : body).toString("utf8");
  texts.set(body, text);
  return text;
}

/**
 * The agents' listener without sockets: it finds the route, asks who is there and translates, as `hub/src/http/agents`
 * does over TLS. Every decision is the hub's own.
 */
export async function answerAgent(
  door: AgentDoor,
  library: Library,
  asked: Asked,
  wallMs: () => number,
  strikes: Stage["strikes"],
): Promise<HubAnswer> {
  try {
    return await route(door, library, asked, wallMs, strikes);
  } catch (error) {
    const fault = toFault(error);
    if (fault.code === "INTERNAL") throw error;
    const { status, headers, body } = refusal(fault, "en");
    return { status, headers, body: Buffer.from(body) };
  }
}

async function route(
  door: AgentDoor,
  library: Library,
  asked: Asked,
  wallMs: () => number,
  strikes: Stage["strikes"],
): Promise<HubAnswer> {
  const { path, chainPem } = asked;
  const { serial, notBeforeMs } = readFakeCertificate(chainPem);
  if (path === AGENT_ROUTES.renew) {
    const identity = await door.authenticate(serial, RENEWAL_GRACE_MS);
    return json(await door.renew(identity, parse(RenewRequest, textOf(asked))));
  }
  if (wallMs() < notBeforeMs) throw new Fault("CERTIFICATE_EXPIRED");
  const identity = await door.authenticate(serial);
  if (path === AGENT_ROUTES.sync) {
    const request = parse(SyncRequest, textOf(asked));
    if (request.agentId !== identity.agentId) throw new Fault("AGENT_MISMATCH");
    const { answer, nextPollMs } = await door.sync(identity, request);
    const headers = { [NEXT_POLL_HEADER]: String(nextPollMs), date: new Date(wallMs()).toUTCString() };
    return answer ? json(answer, headers) : { status: 204, headers, body: new Uint8Array() };
  }
  if (path.startsWith(`${AGENT_ROUTES.images}/`))
    return image(library, path.slice(AGENT_ROUTES.images.length + 1), asked, strikes);
  throw new Fault("NOT_FOUND");
}

function image(
  { bytes, pieces, metadata }: Library,
  name: string,
  { headers = {} }: Asked,
  strikes: Stage["strikes"],
): HubAnswer {
  if (name.startsWith("metadata/") && strikes("metadataMissing")) throw new Fault("METADATA_MISSING");
  const file = name.startsWith("metadata/")
    ? metadata.get(name.slice("metadata/".length))
    : pieces.get(name.replace(/\.chunks$/, ""));
  const whole = bytes.get(name);
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers["range"] ?? "") ?? [];
  if (whole && from !== undefined) {
    const part = whole.subarray(Number(from), Number(to) + 1);
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${whole.length}`;
    const body = strikes("imageDamaged") ? damaged(part) : part;
    return { status: 206, headers: { "content-range": range }, body };
  }
  if (!file) throw new Fault(name.startsWith("metadata/") ? "METADATA_MISSING" : "IMAGE_UNKNOWN");
  return { status: 200, headers: {}, body: file };
}

/** One bit of it is another on the hub's disk. */
function damaged(part: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(part);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
}
