import { seededRandom, systemClock } from "@fyr/runtime";
import { modelOf } from "./device/catalogue.ts";
import { createDevice, type Blueprint, type Device, type DevicePorts } from "./device/device.ts";
import { certifier, memoryCertificates } from "./network/certificates.ts";
import { listen } from "./network/listener.ts";

export interface TestDevice {
  readonly device: Device;
  readonly address: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** `http://127.x.x.x:port`. */
  readonly http: string;
  readonly https: string;
  close(): Promise<void>;
}

/**
 * One device behind real listeners: a P3265-V on AXIS OS 12.9.57 with root and pass, unless told otherwise. A
 * restart takes about two seconds.
 */
export async function startDevice(
  change: Partial<Blueprint> & Partial<DevicePorts> = {},
): Promise<TestDevice> {
  const identity = change.identity ?? {
    serial: "B8A44F000001",
    model: modelOf("931.11"),
    address: "127.30.0.1",
  };
  const blueprint = { version: "12.9.57", ...change, identity };
  const ports = { clock: systemClock, random: seededRandom(identity.serial), speed: 60, ...change };
  const device = createDevice(blueprint, ports);
  const deviceAt = (address: string) => (address === identity.address ? device : undefined);
  const certify = certifier("testing", ports.clock, memoryCertificates());
  const http = await listen({ port: 0, deviceAt });
  const https = await listen({ port: 0, deviceAt, certify });
  return {
    device,
    address: identity.address,
    httpPort: http.port,
    httpsPort: https.port,
    http: `http://${identity.address}:${http.port}`,
    https: `https://${identity.address}:${https.port}`,
    async close() {
      device.life.stop();
      await http.close();
      await https.close();
    },
  };
}
