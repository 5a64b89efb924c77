import type { ServerResponse } from "node:http";
import type { OpenFile } from "@fyr/runtime";
import type { ByteRange } from "./range.ts";

/** Sizes of the two buffers of one transfer (performance.md 7, rule 6). */
const ROOMY_BYTES = 512 * 1024;
const TIGHT_BYTES = 128 * 1024;
/** Above this many transfers at once each gets the smaller buffers. */
const ROOMY_TRANSFERS = 16;

export interface Transfers {
  /** Resolves when the last byte was handed to the system; rejects when the peer went away or the disk failed. */
  send(file: OpenFile, range: ByteRange, to: ServerResponse): Promise<void>;
  count(): number;
}

/** Buffers go back to the shelf after use, so that many short ranges do not churn through memory. */
function createShelf() {
  const free = new Map<number, Buffer[]>();
  return {
    take: (sizeBytes: number): Buffer => free.get(sizeBytes)?.pop() ?? Buffer.allocUnsafeSlow(sizeBytes),
    give: (buffer: Buffer): void => {
      const same = free.get(buffer.length) ?? [];
      if (same.length < 2 * ROOMY_TRANSFERS) free.set(buffer.length, [...same, buffer]);
    },
  };
}

const written = (to: ServerResponse, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const gone = () => reject(new Error("peer went away"));
    if (to.destroyed) return gone();
    to.once("close", gone);
    to.write(bytes, (error) => {
      to.off("close", gone);
      if (error) reject(error);
      else resolve();
    });
  });

async function fill(file: OpenFile, into: Buffer, position: number): Promise<Buffer> {
  const count = await file.read(into, position);
  if (count === 0) throw new Error("the file is shorter than it was");
  return into.subarray(0, count);
}

/**
 * Sends parts of files with two buffers in turn: while one drains into the socket the next is read from the disk.
 * A buffer is filled again only when the system took all of it, so a slow reader costs no memory.
 */
export function createTransfers(): Transfers {
  const shelf = createShelf();
  let running = 0;

  async function send(
    file: OpenFile,
    { start, end }: ByteRange,
    to: ServerResponse,
    lanes: [Buffer, Buffer],
  ) {
    let [reading, resting] = lanes;
    let draining = Promise.resolve();
    for (let at = start; at <= end;) {
      const part = await fill(file, reading.subarray(0, Math.min(reading.length, end + 1 - at)), at);
      await draining;
      draining = written(to, part);
      // Awaited one turn later; until then a broken peer must not count as unhandled.
      draining.catch(() => undefined);
      at += part.length;
      [reading, resting] = [resting, reading];
    }
    await draining;
  }

  return {
    async send(file, range, to) {
      const sizeBytes = running < ROOMY_TRANSFERS ? ROOMY_BYTES : TIGHT_BYTES;
      const lanes: [Buffer, Buffer] = [shelf.take(sizeBytes), shelf.take(sizeBytes)];
      running += 1;
      let drained = false;
      try {
        await send(file, range, to, lanes);
        drained = true;
      } finally {
        running -= 1;
        // After a cut the system may still hold a buffer: such a pair is left to the collector.
        if (drained) lanes.forEach(shelf.give);
      }
    },
    count: () => running,
  };
}
