import type { IncomingMessage } from "node:http";
import { Fault } from "@fyr/protocol";

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
    incoming.on("close", () => reject(Object.assign(new Error("answer broken off"), { code: "ECONNRESET" })));
  });
}
