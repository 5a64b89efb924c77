import { Fault } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import type { FastifyReply, FastifyRequest } from "fastify";
import { rawRefusal } from "../problem.ts";
import type { ApiRoute } from "./route.ts";

/** Within this time the whole of a message has to come; a file has the time of its request. */
export const MESSAGE_MS = 30_000;

/** Ends the connection of whoever sends a message so slowly that it only holds a place (B1-D1). */
export function demandPace(
  clock: Pick<Clock, "after">,
  { upload }: Pick<ApiRoute, "upload">,
  { raw }: FastifyRequest,
  reply: FastifyReply,
): void {
  if (upload || raw.complete) return;
  const cancel = clock.after(MESSAGE_MS, () => {
    if (raw.complete || reply.raw.writableEnded) return;
    const problems = [`the body did not come within ${MESSAGE_MS / 1_000} s`];
    raw.socket.end(rawRefusal(new Fault("MESSAGE_INVALID", { problems }), "en"));
    raw.socket.destroySoon();
  });
  reply.raw.once("close", cancel);
}
