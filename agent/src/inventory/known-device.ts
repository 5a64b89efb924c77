import { AxisVersion, check, DeviceTrouble, Fault, isFault, Label, Serial, Timestamp } from "@fyr/protocol";
import { z } from "zod";
import type { KnownDevice, StateStore } from "../ports.ts";

const Port = z.int().min(1).max(65_535).nullable();

/** A device as it stands in the store. */
const StoredDevice = z.strictObject({
  serial: Serial,
  host: z.string().min(1).max(60),
  ports: z.strictObject({ http: Port, https: Port }),
  model: Label,
  name: Label,
  hardwareId: z.string().max(40),
  version: AxisVersion,
  scheme: z.enum(["http", "https"]),
  trouble: DeviceTrouble.nullable(),
  seenAt: Timestamp,
});

const PREFIX = "inventory/device/";

/** The devices of a site, in memory and on the disk. */
export interface DeviceShelf {
  all(): KnownDevice[];
  find(serial: Serial): KnownDevice | undefined;
  put(device: KnownDevice): void;
  remove(serial: Serial): void;
}

export function deviceShelf(store: StateStore): DeviceShelf {
  const devices = new Map<Serial, KnownDevice>();
  for (const key of store.keys(PREFIX)) {
    const device = readDevice(store.get(key));
    devices.set(device.serial, device);
  }
  return {
    all: () => [...devices.values()].sort((a, b) => (a.serial < b.serial ? -1 : 1)),
    find: (serial) => devices.get(serial),
    put(device) {
      store.put(PREFIX + device.serial, Buffer.from(JSON.stringify(device)));
      devices.set(device.serial, device);
    },
    remove(serial) {
      store.remove(PREFIX + serial);
      devices.delete(serial);
    },
  };
}

function readDevice(bytes: Uint8Array | null): KnownDevice {
  try {
    return check(StoredDevice, JSON.parse(Buffer.from(bytes ?? []).toString("utf8")));
  } catch (error) {
    const reason = isFault(error) ? error.code : "not JSON";
    throw new Fault("JOURNAL_CORRUPT", { part: "inventory", reason }, { cause: error });
  }
}
