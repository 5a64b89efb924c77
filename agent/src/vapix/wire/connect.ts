import { createHash } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { Fault } from "@fyr/protocol";
import { deadline, type Clock } from "@fyr/runtime";
import type { WireRequest } from "../exchange.ts";

/** An open connection; `peerKey` is what the device proved over TLS. */
export interface Line {
  readonly socket: Socket;
  readonly peerKey?: string;
}

const timedOut = () => Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT" });

/** Opens a connection, proves the device's key where one is demanded, and gives up after `connectMs`. */
export async function openLine(clock: Clock, request: WireRequest, signal: AbortSignal): Promise<Line> {
  const limit = deadline(clock, request.connectMs, timedOut, signal);
  try {
    const url = new URL(request.url);
    const line =
      url.protocol === "https:" ? await overTls(url, limit.signal) : await overTcp(url, limit.signal);
    if (request.peerKey !== null && line.peerKey !== request.peerKey) {
      line.socket.destroy();
      throw new Fault("DEVICE_KEY_CHANGED", { address: url.host });
    }
    return line;
  } finally {
    limit.release();
  }
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

async function overTcp(url: URL, signal: AbortSignal): Promise<Line> {
  const socket = connectTcp({ host: hostOf(url), port: Number(url.port || 80), noDelay: true });
  return { socket: await established(socket, "connect", signal) };
}

/** Devices sign their own certificates: who they are is decided by the key, pinned by serial. */
async function overTls(url: URL, signal: AbortSignal): Promise<Line> {
  const socket = connectTls({
    host: hostOf(url),
    port: Number(url.port || 443),
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
  });
  socket.setNoDelay(true);
  await established(socket, "secureConnect", signal);
  return { socket, peerKey: keyOf(socket) };
}

function keyOf(socket: TLSSocket): string {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) throw new Fault("DEVICE_ANSWER", { reason: "TLS without a certificate" });
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("hex");
}

function established<S extends Socket>(socket: S, event: string, signal: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      signal.removeEventListener("abort", abort);
      socket.off("error", fail);
      act();
    };
    const fail = (error: Error) => {
      socket.destroy();
      settle(() => reject(error));
    };
    const abort = () => fail(signal.reason as Error);
    if (signal.aborted) return fail(signal.reason as Error);
    signal.addEventListener("abort", abort);
    socket.once("error", fail);
    socket.once(event, () => settle(() => resolve(socket)));
  });
}
