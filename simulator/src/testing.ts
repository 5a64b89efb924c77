import { seededRandom, systemClock } from "@fyr/runtime";
import { modelOf } from "./device/catalogue.ts";
import { createDevice, type Blueprint, type Device, type DevicePorts } from "./device/device.ts";
import { listen } from "./network/listener.ts";

export interface TestDevice {
  readonly device: Device;
  readonly address: string;
  readonly httpPort: number;
  /** `http://127.x.x.x:port`. */
  readonly http: string;
  close(): Promise<void>;
}

/** One P3265-V on AXIS OS 12.9.57 behind a real HTTP listener; root, pass; a restart takes about two seconds. */
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
  const deviceAt = (address?: string) => (address === identity.address ? device : undefined);
  const http = await listen({ scheme: "http", port: 0, deviceAt });
  return {
    device,
    address: identity.address,
    httpPort: http.port,
    http: `http://${identity.address}:${http.port}`,
    async close() {
      device.life.stop();
      await http.close();
    },
  };
}
