import type { EnrolmentCode, TlsCredentials } from "@fyr/certs";

/** One exchange with the hub, below any meaning. */
export interface WireRequest {
  readonly method: "GET" | "POST";
  /** Below the hub's base address, e.g. `/agent/v1/sync`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** An answer that is larger ends the exchange with `RESPONSE_TOO_LARGE`. */
  readonly maxBodyBytes: number;
  /** Silence of this length ends the exchange with `PEER_SILENT`. */
  readonly idleMs: number;
  readonly signal?: AbortSignal;
  /** Takes the body of a 206 as it arrives, under back-pressure; any other answer is collected as usual. */
  readonly take?: (bytes: Uint8Array) => Promise<void>;
}

export interface WireAnswer {
  readonly status: number;
  /** Names in lower case; of repeated headers the first. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty when `take` had it. */
  readonly body: Uint8Array;
}

/**
 * The kept connection to the hub over mutual TLS. It trusts the one private root, sends nothing before the other
 * end has proved to be the hub, and follows no redirect.
 *
 * @throws Fault `HUB_UNTRUSTED` (it is not the hub), `HUB_UNREACHABLE`, `PEER_SILENT`, `RESPONSE_TOO_LARGE`
 */
export interface HubWire {
  exchange(request: WireRequest): Promise<WireAnswer>;
  close(): void;
}

/** Where the hub is, what it must prove, and what the agent shows. */
export interface HubAddress {
  readonly url: string;
  readonly rootPem: string;
  readonly credentials: TlsCredentials;
}

export type OpenHubWire = (address: HubAddress) => HubWire;

/** A connection on which one enrolment is sent, and nothing else ever. */
export interface EnrolmentChannel {
  /** What ties the proof of the code to this one connection (certs `channelBinding`). */
  readonly binding: Uint8Array;
  post(path: string, body: Uint8Array): Promise<WireAnswer>;
  close(): void;
}

/** @throws Fault `HUB_UNTRUSTED` when the other end does not prove the root that the code names; nothing was sent then */
export type OpenEnrolment = (url: string, code: EnrolmentCode) => Promise<EnrolmentChannel>;
