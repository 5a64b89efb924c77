import type { IncomingMessage } from "node:http";

/** A body up to this size is read to its end when its request is refused; a larger one ends the connection. */
const WORTH_DRAINING_BYTES = 64 * 1024;

/** Whether the connection of a refused request can go on: what still arrives of the body is not worth cutting it. */
export function isWorthKeeping({
  complete,
  headers,
}: Pick<IncomingMessage, "complete" | "headers">): boolean {
  const length = headers["transfer-encoding"] ? Infinity : Number(headers["content-length"] ?? 0);
  return complete || length <= WORTH_DRAINING_BYTES;
}
