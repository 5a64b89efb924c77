/** One request as it reaches a device, with or without a socket under it. */
export interface DeviceRequest {
  readonly scheme: "http" | "https";
  readonly method: string;
  /** Path and query as the client wrote them. */
  readonly path: string;
  /** Names in lower case; a repeated header is joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Read at most once; a chunk stays valid after the next one was asked for. Throws when the client breaks off. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The client's address. */
  readonly from: string;
}

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** A whole HTTP answer. The listener adds what belongs to the transport: `Date`, `Connection`, the length. */
export interface Answer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string | Uint8Array;
}

/** `hang-up`: the connection is dropped without an answer. `silence`: it stays open and nothing comes. */
export type DeviceReply = Answer | { readonly kind: "hang-up" } | { readonly kind: "silence" };

export const hangUp: DeviceReply = { kind: "hang-up" };
export const silence: DeviceReply = { kind: "silence" };

/** An answer with one content type; devices answer failures with status 200 too (vapix.md 8, trap 1). */
export function answer(contentType: string, body: string | Uint8Array, status = 200): Answer {
  return { kind: "answer", status, headers: [["Content-Type", contentType]], body };
}

/** The path without the query. */
export const pathOf = (request: DeviceRequest): string => request.path.split("?", 1)[0] ?? "";

/** The query, or the form of a POST body once it was read. */
export const queryOf = (path: string): URLSearchParams =>
  new URLSearchParams(path.split("?").slice(1).join("?"));

/** Reads a small body whole; null when it is larger than `limitBytes`. */
export async function readSmall(
  body: AsyncIterable<Uint8Array>,
  limitBytes = 1 << 20,
): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) chunks.push(chunk);
  }
  return sizeBytes > limitBytes ? null : Buffer.concat(chunks).toString("utf8");
}
