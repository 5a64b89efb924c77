import { connect } from "node:net";
import { deadline, type Clock } from "@fyr/runtime";
import type { Knock } from "../sighting.ts";

/** A TCP connection that is closed as soon as it stands. */
export const tcpKnock =
  (clock: Clock): Knock =>
  async (host, port, waitMs, signal) => {
    const limit = deadline(clock, waitMs, () => new Error("nobody opened"), signal);
    const socket = connect({ host, port });
    try {
      return await new Promise<boolean>((resolve) => {
        socket.once("connect", () => resolve(true));
        socket.once("error", () => resolve(false));
        limit.signal.addEventListener("abort", () => resolve(false));
        if (limit.signal.aborted) resolve(false);
      });
    } finally {
      limit.release();
      socket.destroy();
    }
  };
