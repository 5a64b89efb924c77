import { request as send } from "node:http";
import { channelBinding, pinnedRoot, untrustingTlsOptions, type EnrolmentCode } from "@fyr/certs";
import type { EnrolmentChannel, WireRequest } from "../wire.ts";
import { answerTo, headersOf } from "./exchange.ts";
import { hostOf, hubTls, openTls, portOf } from "./tls.ts";
import { isIP } from "node:net";
import { Fault } from "@fyr/protocol";

const MAX_ANSWER_BYTES = 256 * 1024;
const IDLE_MS = 60_000;

/** Looks at the chain that the other end shows, sends nothing, and gives the root that the code names. */
async function findRoot(base: URL, code: EnrolmentCode): Promise<string> {
  const host = hostOf(base);
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = await openTls({ ...untrustingTlsOptions(), ...name, host, port: portOf(base, 443) });
  try {
    return pinnedRoot(socket, code);
  } finally {
    socket.destroy();
  }
}

/** The real channel: a first connection finds the root, a second one trusts that root alone. */
export async function openEnrolment(url: string, code: EnrolmentCode): Promise<EnrolmentChannel> {
  const base = new URL(url);
  if (base.protocol !== "https:")
    throw new Fault("HUB_UNTRUSTED", { reason: "the address must begin with https:" });
  const rootPem = await findRoot(base, code);
  const socket = await openTls({ ...hubTls(base, rootPem), minVersion: "TLSv1.3", port: portOf(base, 443) });
  return {
    binding: channelBinding(socket),
    post(path, body) {
      const headers = { "content-type": "application/json", host: base.host };
      const request: WireRequest = {
        method: "POST",
        path,
        body,
        headers,
        maxBodyBytes: MAX_ANSWER_BYTES,
        idleMs: IDLE_MS,
      };
      const sent = send({
        createConnection: () => socket,
        method: "POST",
        path,
        headers: headersOf(request),
      });
      return answerTo(sent, request);
    },
    close: () => socket.destroy(),
  };
}
