import type { IncomingMessage } from "node:http";
import { Fault } from "@fyr/protocol";

/** A connection that ended too soon, as Node would name it. */
export const cutOff = (message: string): Error => Object.assign(new Error(message), { code: "ECONNRESET" });

/** Reads an answer whole; an answer that is longer than `maxBytes` ends the exchange. */
export function readAnswer(
  incoming: IncomingMessage,
  maxBytes: number,
  touch: () => void,
): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  return new Promise((resolve, reject) => {
    incoming.on("data", (part: Buffer) => {
      touch();
      sizeBytes += part.length;
      if (sizeBytes > maxBytes) return reject(new Fault("RESPONSE_TOO_LARGE", { maxBytes }));
      parts.push(part);
    });
    incoming.on("end", () => resolve(Buffer.concat(parts)));
    incoming.on("error", reject);
    incoming.on("close", () => reject(cutOff("answer broken off")));
  });
}
