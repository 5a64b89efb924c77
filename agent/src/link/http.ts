import { gzipSync } from "node:zlib";
import {
  AGENT_ROUTES,
  CHUNK_BYTES,
  Fault,
  isFault,
  NEXT_POLL_HEADER,
  Renewal,
  SyncResponse,
  WIRE_VERSION,
  type Digest,
} from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import type { HubLink, HubTime } from "../ports.ts";
import { message, refusal } from "./answers.ts";
import type { HubWire, WireAnswer, WireRequest } from "./wire.ts";

const HASH_BYTES = 32;
const ANSWER_BYTES = { sync: 8 * 1024 * 1024, renewal: 64 * 1024, refusal: 64 * 1024 } as const;
/** Below this a body does not get smaller by enough to be worth the work. */
const GZIP_FROM_BYTES = 2 * 1024;
/** Silence that ends an exchange: long enough for the slowest line that a full sync has to cross (security.md F-18). */
const IDLE_MS = 90_000;
/** When a 204 does not say when to come back. */
const USUAL_POLL_MS = 30_000;

function post(path: string, value: unknown, maxBodyBytes: number, signal?: AbortSignal): WireRequest {
  const plain = Buffer.from(JSON.stringify(value));
  const zip = plain.length >= GZIP_FROM_BYTES;
  const headers = { "content-type": "application/json", ...(zip && { "content-encoding": "gzip" }) };
  const body = zip ? gzipSync(plain) : plain;
  return { method: "POST", path, headers, body, maxBodyBytes, idleMs: IDLE_MS, ...(signal && { signal }) };
}

const get = (path: string, maxBodyBytes: number): WireRequest => ({
  method: "GET",
  path: `${AGENT_ROUTES.images}/${path}`,
  maxBodyBytes: Math.max(maxBodyBytes, ANSWER_BYTES.refusal),
  idleMs: IDLE_MS,
});

function nextPoll({ headers }: WireAnswer): number {
  const ms = Number(headers[NEXT_POLL_HEADER] ?? USUAL_POLL_MS);
  return Number.isFinite(ms) && ms >= 0 ? ms : USUAL_POLL_MS;
}

/** The hub's clock in the `Date` of an answer, which names the second that runs. */
function dateOf({ headers }: WireAnswer): HubTime | null {
  const second = Date.parse(headers["date"] ?? "");
  return Number.isFinite(second) ? { at: second + 500, errorMs: 500 } : null;
}

/** The part of the image that was asked for, or no part at all: bytes of another place must never be kept. */
function checkRange(answer: WireAnswer, from: number, to: number, got: number, nowMs: number): void {
  if (answer.status !== 206) throw refusal(answer, nowMs);
  const stated = answer.headers["content-range"] ?? "";
  if (!stated.startsWith(`bytes ${from}-${to - 1}/`) || got !== to - from) {
    throw new Fault("HUB_UNREACHABLE", { reason: "another part of the image came", stated, got });
  }
}

/** The way to the hub over one wire. `clock` is asked only to read dates in `Retry-After`. */
export function createHubLink(wire: HubWire, clock: Pick<Clock, "wall">): HubLink {
  const file = async (path: string, maxBytes: number): Promise<Uint8Array> => {
    const answer = await wire.exchange(get(path, maxBytes));
    if (answer.status !== 200) throw refusal(answer, clock.wall());
    if (answer.body.length > maxBytes) throw new Fault("RESPONSE_TOO_LARGE", { maxBytes });
    return answer.body;
  };
  return {
    async sync(request, signal) {
      const answer = await wire.exchange(post(AGENT_ROUTES.sync, request, ANSWER_BYTES.sync, signal));
      if (answer.status === 204)
        return { answer: null, nextPollMs: nextPoll(answer), hubTime: dateOf(answer) };
      const told = message(SyncResponse, answer, clock.wall());
      if (told.syncId !== request.syncId)
        throw new Fault("HUB_UNREACHABLE", { reason: "answer to another sync" });
      return { answer: told, nextPollMs: told.nextPollMs, hubTime: { at: told.hubTime, errorMs: 0 } };
    },
    metadata: (name, maxBytes) => file(`metadata/${encodeURIComponent(name)}`, maxBytes).catch(nullIfMissing),
    async chunkHashes(digest, sizeBytes) {
      const length = Math.ceil(sizeBytes / CHUNK_BYTES) * HASH_BYTES;
      const hashes = await file(`${digest}.chunks`, length);
      if (hashes.length !== length)
        throw new Fault("IMAGE_UNAVAILABLE", { reason: "chunk list of another length" });
      return hashes;
    },
    imageRange: (digest, from, to, take, signal) =>
      imageRange(wire, clock, { digest, from, to }, take, signal),
    async renew(request) {
      const wish = post(AGENT_ROUTES.renew, { wire: WIRE_VERSION, request }, ANSWER_BYTES.renewal);
      return message(Renewal, await wire.exchange(wish), clock.wall());
    },
  };
}

function nullIfMissing(error: unknown): null {
  if (isFault(error, "NOT_FOUND", "METADATA_MISSING")) return null;
  throw error;
}

async function imageRange(
  wire: HubWire,
  clock: Pick<Clock, "wall">,
  { digest, from, to }: { digest: Digest; from: number; to: number },
  take: (bytes: Uint8Array) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let got = 0;
  const answer = await wire.exchange({
    ...get(digest, to - from),
    headers: { range: `bytes=${from}-${to - 1}` },
    signal,
    async take(bytes) {
      if (got + bytes.length > to - from)
        throw new Fault("HUB_UNREACHABLE", { reason: "more bytes than asked for" });
      got += bytes.length;
      await take(bytes);
    },
  });
  checkRange(answer, from, to, got, clock.wall());
}
