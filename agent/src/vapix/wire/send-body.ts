import type { ClientRequest } from "node:http";
import type { BodySource } from "@fyr/runtime";

const SMALLEST_SLICE = 16 * 1024;
const LARGEST_SLICE = 512 * 1024;
const FIRST_SLICE = 64 * 1024;
/** A slice that takes longer is cut smaller, so that a slow line is not mistaken for a dead one. */
const SLOW_MS = 2_000;
const QUICK_MS = 100;

export interface Sending {
  readonly now: () => number;
  /** The device has answered already: more bytes would serve nobody. */
  readonly answered: () => boolean;
  readonly onSent: (bytes: number) => void;
}

/**
 * Sends a body slice by slice, each only when the system has taken the one before: one buffer serves a whole image.
 *
 * @returns whether the whole body left
 */
export async function sendBody(
  outgoing: ClientRequest,
  body: BodySource,
  sending: Sending,
): Promise<boolean> {
  let sent = 0;
  let sliceBytes = FIRST_SLICE;
  for await (const chunk of body.chunks()) {
    for (let from = 0; from < chunk.length;) {
      if (sending.answered()) return false;
      const slice = chunk.subarray(from, from + sliceBytes);
      const begun = sending.now();
      await write(outgoing, slice);
      sliceBytes = nextSlice(sliceBytes, sending.now() - begun);
      from += slice.length;
      sent += slice.length;
      sending.onSent(sent);
    }
  }
  if (sent !== body.lengthBytes) throw new Error(`body has ${sent} bytes, not ${body.lengthBytes}`);
  outgoing.end();
  return true;
}

function nextSlice(bytes: number, tookMs: number): number {
  if (tookMs > SLOW_MS) return Math.max(SMALLEST_SLICE, bytes / 4);
  return tookMs < QUICK_MS ? Math.min(LARGEST_SLICE, bytes * 2) : bytes;
}

const write = (outgoing: ClientRequest, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    outgoing.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
