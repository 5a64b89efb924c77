import type { KeyObject } from "node:crypto";
import { seededRandom, type Clock } from "@fyr/runtime";
import type { Device } from "../device/device.ts";
import { hostName } from "../device/identity.ts";
import { deviceKey } from "./device-key.ts";

/** Where certificates stay, so that a device shows the same one again; its key alone would be the same anyhow. */
export interface CertificateStore {
  get(name: string): Promise<string | null>;
  put(name: string, pem: string): Promise<void>;
}

/** The certificate and the key that a device shows, both PEM. */
export interface DeviceCertificate {
  /** One name for each edition of each device's certificate. */
  readonly name: string;
  readonly cert: string;
  readonly key: string;
}

export type Certify = (device: Device) => Promise<DeviceCertificate>;

export function memoryCertificates(): CertificateStore {
  const held = new Map<string, string>();
  return {
    get: (name) => Promise.resolve(held.get(name) ?? null),
    put: (name, pem) => Promise.resolve(void held.set(name, pem)),
  };
}

const LIFE_MS = 20 * 365 * 24 * 60 * 60 * 1000;

export const certificateName = (device: Device): string =>
  `${device.identity().serial}-${device.state.certificate}`;

/** Finds or makes the self-signed certificate of a device. */
export function certifier(seed: string, clock: Clock, store: CertificateStore): Certify {
  return async (device) => {
    const name = certificateName(device);
    const key = deviceKey(seed, device.identity().serial, device.state.certificate);
    const kept = await store.get(name);
    const cert = kept ?? (await makeCertificate(device, key, seed, clock.wall()));
    if (kept === null) await store.put(name, cert);
    return { name, cert, key: key.export({ type: "pkcs8", format: "pem" }).toString() };
  };
}

/** What makes certificates weighs more than 10,000 idle devices, and is not loaded before the first one. */
async function makeCertificate(device: Device, key: KeyObject, seed: string, nowMs: number): Promise<string> {
  const { selfSigned } = await import("@fyr/certs");
  const identity = device.identity();
  return selfSigned({
    key,
    commonName: hostName(identity),
    address: identity.address,
    lifeMs: LIFE_MS,
    random: seededRandom(`certificate ${seed} ${certificateName(device)}`),
    nowMs,
  });
}
