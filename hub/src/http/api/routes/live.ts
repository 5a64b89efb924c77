import { Fault, LiveFrame } from "@fyr/protocol";
import { z } from "zod";
import { memberRoute } from "../route.ts";
import { OrgParams } from "./params.ts";

/** The number of the last frame that was read. */
const After = z.object({
  after: z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).optional(),
});

export const live = [
  memberRoute({
    name: "watchOrganisation",
    method: "GET",
    path: "/orgs/:orgId/live",
    action: "organisation.read",
    summary:
      "A WebSocket that tells what changes, as far as you may see it; `after` continues where another ended",
    params: OrgParams,
    query: After,
    live: true,
    answer: LiveFrame,
    run: () => Promise.reject(new Fault("WEBSOCKET_ONLY")),
  }),
];
