import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Device } from "../device/device.ts";
import { certificateName, type Certify } from "./certificates.ts";

/** A face holds a TLS context of 23 kB (performance.md rule 9). */
const FACES_KEPT = 300;

/** Speaks TLS on connections that were taken already, each with the certificate of the device it has reached. */
export interface TlsFaces {
  take(device: Device, raw: Socket): Promise<void>;
}

/**
 * One TLS server for each device that was spoken to lately; none of them listens.
 *
 * @param spoken runs when both ends have agreed
 */
export function tlsFaces(certify: Certify, spoken: (socket: TLSSocket) => void): TlsFaces {
  const faces = new Map<string, Promise<Server>>();
  const faceOf = (device: Device): Promise<Server> => {
    const name = certificateName(device);
    const face = faces.get(name) ?? makeFace(device, certify, spoken);
    faces.delete(name); // the one used last goes to the end
    faces.set(name, face);
    const [oldest] = faces.keys();
    if (faces.size > FACES_KEPT && oldest !== undefined) faces.delete(oldest);
    return face;
  };
  return {
    async take(device, raw) {
      (await faceOf(device)).emit("connection", raw);
    },
  };
}

async function makeFace(
  device: Device,
  certify: Certify,
  spoken: (socket: TLSSocket) => void,
): Promise<Server> {
  const { cert, key } = await certify(device);
  const ALPNProtocols = device.speaksHttp2() ? ["h2", "http/1.1"] : ["http/1.1"];
  return createServer({ cert, key, ALPNProtocols }, spoken);
}
