import type { Socket } from "node:net";
import { type Clock, sleep } from "./clock.ts";

/** `up` runs from the client to the server, `down` back. */
export type Direction = "up" | "down";

/** How a line misbehaves. */
export interface LineFaults {
  /** Added to the way of every byte, in each direction. */
  readonly latencyMs: number;
  /** Of one connection, in each direction. */
  readonly bytesPerSecond: number;
  /** The line is dead, or dead in one direction, and nobody says so: bytes are held back until this ends. */
  readonly silent: boolean | Direction;
  /** As soon as this many bytes of a connection went that way, it ends for the receiver and is reset for the sender. */
  readonly cutAfterBytes: Readonly<Partial<Record<Direction, number>>>;
}

export const HEALTHY: LineFaults = {
  latencyMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  silent: false,
  cutAfterBytes: {},
};

/** What all connections over one line share. */
export interface Line {
  readonly clock: Clock;
  faults: LineFaults;
  /** Resolves when the faults change next. */
  changed: Promise<void>;
  readonly passedBytes: Record<Direction, number>;
}

/** Bytes on their way in one direction before the sender is held back. */
const IN_FLIGHT_BYTES = 1024 * 1024;

/** A limited line moves in steps of about this length, so that its speed is even. */
const PACE_MS = 20;

/** Joins both ends of one connection; what breaks one breaks the other. */
export function join(line: Line, client: Socket, server: Socket): void {
  const gone = new AbortController();
  const reset: Reset = (receiver) => {
    if (gone.signal.aborted) return;
    gone.abort();
    for (const socket of [client, server]) {
      if (socket === receiver) socket.destroySoon();
      else socket.resetAndDestroy();
    }
  };
  for (const socket of [client, server]) {
    socket.on("error", () => reset());
    socket.on("close", () => {
      if (!socket.readableEnded || !socket.writableFinished) reset();
    });
  }
  carry(line, "up", client, server, gone.signal, reset);
  carry(line, "down", server, client, gone.signal, reset);
}

/** Breaks a connection. `receiver` still gets what went through: a reset would throw it away. */
type Reset = (receiver?: Socket) => void;

/** One direction of one connection. */
function carry(
  line: Line,
  direction: Direction,
  from: Socket,
  to: Socket,
  gone: AbortSignal,
  reset: Reset,
): void {
  let inFlightBytes = 0;
  let passedBytes = 0;
  let last = Promise.resolve();

  const write = async (bytes: Buffer) => {
    await heard(line, direction, gone);
    const cutAt = line.faults.cutAfterBytes[direction] ?? Number.POSITIVE_INFINITY;
    const part = bytes.subarray(0, Math.max(0, cutAt - passedBytes));
    await new Promise((resolve, reject) =>
      to.write(part, (error) => (error ? reject(error) : resolve(null))),
    );
    passedBytes += part.length;
    line.passedBytes[direction] += part.length;
    if (passedBytes >= cutAt) reset(to);
  };

  const deliver = async (chunk: Buffer) => {
    for (let done = 0; done < chunk.length && !gone.aborted;) {
      const { bytesPerSecond } = line.faults;
      const step = Math.max(1, Math.floor((bytesPerSecond * PACE_MS) / 1_000));
      const bytes = chunk.subarray(done, done + step);
      await write(bytes);
      done += bytes.length;
      const paceMs = (bytes.length / bytesPerSecond) * 1_000;
      if (paceMs > 0) await sleep(line.clock, paceMs, gone);
    }
  };

  const pass = (sizeBytes: number, act: () => Promise<void> | void) => {
    const dueMs = line.clock.mono() + line.faults.latencyMs;
    inFlightBytes += sizeBytes;
    if (inFlightBytes > IN_FLIGHT_BYTES) from.pause();
    last = last.then(async () => {
      const leftMs = dueMs - line.clock.mono();
      if (leftMs > 0) await sleep(line.clock, leftMs, gone);
      if (gone.aborted) return;
      await act();
      inFlightBytes -= sizeBytes;
      from.resume();
    });
    last.catch(() => reset());
  };

  from.on("data", (chunk: Buffer) => pass(chunk.length, () => deliver(chunk)));
  from.on("end", () => pass(0, () => heard(line, direction, gone).then(() => void to.end())));
}

/** Waits while the line is silent in that direction. */
async function heard(line: Line, direction: Direction, gone: AbortSignal): Promise<void> {
  const isSilent = () => line.faults.silent === true || line.faults.silent === direction;
  const end = Promise.withResolvers<void>();
  const stop = () => end.resolve();
  gone.addEventListener("abort", stop);
  while (isSilent() && !gone.aborted) await Promise.race([line.changed, end.promise]);
  gone.removeEventListener("abort", stop);
}
