import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";

/** New identifiers: UUIDv7 (RFC 9562), rising within one process even when the wall clock steps back. */
export interface Ids {
  next(): string;
}

export function uuid7Ids(clock: Pick<Clock, "wall">, random: Random): Ids {
  let lastMs = 0;
  let count = 0;
  return {
    next() {
      const now = Math.max(Math.trunc(clock.wall()), lastMs);
      count = now === lastMs ? count + 1 : 0;
      lastMs = count > 0xfff ? now + 1 : now;
      if (count > 0xfff) count = 0;
      return format(lastMs, count, random.bytes(8));
    },
  };
}

function format(ms: number, count: number, tail: Uint8Array): string {
  const time = ms.toString(16).padStart(12, "0");
  const hex = Buffer.from(tail).toString("hex");
  const variant = ((tail[0] ?? 0) & 0x3) + 8;
  const low = `7${count.toString(16).padStart(3, "0")}`;
  return `${time.slice(0, 8)}-${time.slice(8)}-${low}-${variant.toString(16)}${hex.slice(1, 4)}-${hex.slice(4)}`;
}
