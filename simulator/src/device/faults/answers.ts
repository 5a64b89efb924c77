import { answer, hangUp, pathOf, silence } from "../exchange.ts";
import type { Fault, Installation, Site } from "./fault.ts";
import { pretty } from "../json-text.ts";
import { REFUSALS } from "../upload.ts";

/** Clients that come with a password hear that it is wrong; what needs none goes on working. */
export const unauthorized = (site: Site): Fault => ({
  request(request) {
    if (request.headers["authorization"] === undefined) return undefined;
    site.fire();
    return site.device.door.challenge(request);
  },
});

/** Another firmware request seems to be under way. */
export const busy = (site: Site): Fault => ({
  request(request) {
    if (pathOf(request) !== "/axis-cgi/firmwaremanagement.cgi" || !site.left()) return undefined;
    if (request.headers["authorization"] === undefined) return undefined; // the web server asks first
    site.fire();
    const { firmwareManagement, jsonType } = site.device.generation();
    return answer(jsonType, pretty({ apiVersion: firmwareManagement?.replied, error: REFUSALS.busy }));
  },
});

/** The connection breaks when writing begins. */
export const answerLost = (site: Site): Fault => ({
  installation: () => (site.left() ? "early" : undefined),
  uploadReply: (reply) => (strikes(site) ? hangUp : reply),
});

/** Nothing comes until the restart breaks the connection. */
export const answerWithheld = (site: Site): Fault => ({
  installation: () => (site.left() ? "early" : undefined),
  uploadReply: (reply) => (strikes(site) ? silence : reply),
});

export const answers500 = (site: Site): Fault => ({
  installation: () => (site.left() ? "early" : undefined),
  uploadReply: (reply) =>
    strikes(site) ? answer("text/html; charset=iso-8859-1", "Internal Server Error\n", 500) : reply,
});

export const answers200 = (site: Site): Fault => ({
  installation: (): Installation | undefined => (strikes(site) ? "keep" : undefined),
});

/** Only an upload that was taken can be answered falsely. */
function strikes(site: Site): boolean {
  if (!site.left() || site.device.state.uploads.at(-1)?.verdict !== "accepted") return false;
  site.fire();
  return true;
}
