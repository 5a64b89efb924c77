/** A request body whose bytes come one buffer at a time; a buffer is only valid until the next one is asked for. */
export interface BodySource {
  readonly lengthBytes: number;
  chunks(): AsyncIterable<Uint8Array>;
}

export interface HttpRequest {
  readonly method: string;
  /** Absolute, `http:` or `https:`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | BodySource;
  /** Answers larger than this end the exchange with `RESPONSE_TOO_LARGE`. */
  readonly maxBodyBytes: number;
  /** Silence of this length, in either direction, ends the exchange with `PEER_SILENT`. */
  readonly idleMs: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated headers keep each value apart. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
  /** SHA-256 (hex) of the public key (SPKI) that the peer proved over TLS; absent over plain HTTP. */
  readonly peerKey?: string;
}

/**
 * One HTTP exchange, never repeated by the port: a silent retry of an upload is a double flash.
 * Redirects are answers, not instructions. Broken connections surface as Node's error codes.
 */
export interface Http {
  exchange(request: HttpRequest): Promise<HttpResponse>;
}

/** The first value of a header, or undefined. */
export const header = (response: HttpResponse, name: string): string | undefined =>
  response.headers[name.toLowerCase()]?.[0];
