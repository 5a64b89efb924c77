import type { HttpRequest, HttpResponse } from "@fyr/runtime";

/** One HTTP exchange with one device, on a connection of its own. */
export interface WireRequest extends HttpRequest {
  /**
   * SHA-256 (hex) of the only TLS key to which this request may be told: it is compared before a byte of the request
   * leaves. Null when the request holds no secret, so that any key will do.
   */
  readonly peerKey: string | null;
  /** For the connection, TLS included. */
  readonly connectMs: number;
  /** For the whole exchange. */
  readonly totalMs: number;
  /** Called with the bytes of the body that the system has taken so far. */
  readonly onSent?: (bytes: number) => void;
}

export interface WireAnswer extends HttpResponse {
  /** False when the device answered before it had the whole body: the rest was not sent. */
  readonly bodySent: boolean;
}

/**
 * The way to a device. Nothing is repeated, redirects are answers, certificates are not judged beyond `peerKey`.
 *
 * Rejects with Fault DEVICE_KEY_CHANGED, PEER_SILENT or RESPONSE_TOO_LARGE; with Node's own codes for broken
 * connections (`ETIMEDOUT` when none came about in `connectMs`); with the signal's reason; with what the body threw.
 */
export interface Wire {
  exchange(request: WireRequest): Promise<WireAnswer>;
}
