import type { Wire, WireAnswer, WireRequest } from "./exchange.ts";
import { deviceFault } from "./device-fault.ts";
import { addressOf, urlOf, type Endpoint } from "./endpoint.ts";

/** One small VAPIX call. */
export interface DeviceCall {
  readonly method: "GET" | "POST";
  /** Path and query. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
  /** Answers larger than this are no answer; 256 KiB unless told otherwise. */
  readonly maxBytes?: number;
  /** For the whole call; 20 s unless told otherwise. */
  readonly totalMs?: number;
}

/** A way to a device, with or without a login. Throws Faults for what a device may do. */
export interface Caller {
  call(request: DeviceCall): Promise<WireAnswer>;
}

/** What every small call may cost. */
export const CALL = { connectMs: 3_000, idleMs: 10_000, totalMs: 20_000, answerBytes: 256 * 1024 } as const;

/** Who is spoken to, and which key must be proved before anything is said. */
export interface Peer {
  readonly endpoint: Endpoint;
  readonly key: string | null;
}

export function wireRequest(
  { endpoint, key }: Peer,
  { method, path, body, maxBytes = CALL.answerBytes, totalMs = CALL.totalMs }: DeviceCall,
  signal: AbortSignal,
): WireRequest {
  return {
    method,
    url: urlOf(endpoint, path),
    headers: body === undefined ? {} : { "content-type": "application/json" },
    ...(body !== undefined && { body: Buffer.from(body) }),
    peerKey: key,
    maxBodyBytes: maxBytes,
    connectMs: CALL.connectMs,
    idleMs: CALL.idleMs,
    totalMs,
    signal,
  };
}

/** Sends one request and names its failures. */
export async function exchange(wire: Wire, peer: Peer, request: WireRequest): Promise<WireAnswer> {
  try {
    return await wire.exchange(request);
  } catch (error) {
    throw deviceFault(error, addressOf(peer.endpoint), request.signal);
  }
}

/** Calls that need no login. */
export const anonymousCaller = (wire: Wire, peer: Peer, signal: AbortSignal): Caller => ({
  call: (request) => exchange(wire, peer, wireRequest(peer, request, signal)),
});
