import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import {
  certificateKeyHash,
  ensurePki,
  loadPki,
  newSigningKey,
  orderKeyOf,
  readSigningKey,
  signOrder,
  signingKeyPem,
  type Pki,
  type SigningKey,
} from "@fyr/certs";
import type { OrderKey } from "@fyr/protocol";
import { Fault } from "@fyr/protocol";
import type { Files, Random } from "@fyr/runtime";
import { exportSigner } from "../exports/keys.ts";
import type { ExportSigner } from "../exports/signed-lines.ts";
import { SEALING_KEY_BYTES } from "../accounts/sealing.ts";
import { licenceFiles } from "../licences/licence-files.ts";
import type { LicenceFiles } from "../licences/systems.ts";
import type { OrderSigner } from "../ports.ts";
import type { ReleaseKeys } from "../releases/metadata.ts";

/** Every key of a hub, as its data folder holds them: one file each, for the owner's eyes alone. */
export interface HubKeys {
  readonly pki: Pki;
  readonly orders: SigningKey;
  readonly releases: ReleaseKeys;
  /** Opens what lies sealed in the database: without it, authenticators have to be set up anew. */
  readonly sealing: Uint8Array;
}

const PRIVATE = 0o600;
const NAMES = {
  orders: "orders.pem",
  exports: "exports.pem",
  licences: "licences.pem",
  online: "images-online.pem",
  targets: "images-publisher.pem",
  root: "images-root.pem",
} as const;
type KeyName = keyof typeof NAMES;

async function load(files: Files, folder: string, name: KeyName): Promise<SigningKey | null> {
  const found = await files.read(join(folder, NAMES[name]));
  return found && readSigningKey(Buffer.from(found).toString("utf8"));
}

async function ensure(files: Files, folder: string, name: KeyName): Promise<SigningKey> {
  const found = await load(files, folder, name);
  if (found) return found;
  const key = newSigningKey();
  await files.replace(join(folder, NAMES[name]), Buffer.from(signingKeyPem(key)), PRIVATE);
  return key;
}

const SEALING = "sealing.key";

async function loadSealing(files: Files, folder: string): Promise<Uint8Array | null> {
  const found = await files.read(join(folder, SEALING));
  return found && Buffer.from(Buffer.from(found).toString("utf8").trim(), "base64");
}

async function ensureSealing(files: Files, folder: string, random: Random): Promise<Uint8Array> {
  const found = await loadSealing(files, folder);
  if (found) return found;
  const key = random.bytes(SEALING_KEY_BYTES);
  const text = `${Buffer.from(key).toString("base64")}\n`;
  await files.replace(join(folder, SEALING), Buffer.from(text), PRIVATE);
  return key;
}

export interface KeysWish {
  /** Whether the hub holds the publishers' keys too: one person who does everything. */
  readonly publishesHere: boolean;
  readonly nowMs: number;
}

/** Makes what is missing. Safe to repeat after a crash; what exists is never replaced. */
export async function ensureKeys(
  files: Files,
  folder: string,
  random: Random,
  { publishesHere, nowMs }: KeysWish,
): Promise<HubKeys> {
  await files.ensureFolder(folder);
  const pki = await ensurePki(files, folder, random, nowMs);
  const orders = await ensure(files, folder, "orders");
  const online = await ensure(files, folder, "online");
  const publishers = publishesHere ? ensure : load;
  const root = await publishers(files, folder, "root");
  const targets = await publishers(files, folder, "targets");
  const sealing = await ensureSealing(files, folder, random);
  return { pki, orders, releases: { root, targets, online }, sealing };
}

/** @throws Fault `HUB_NOT_INITIALISED` before `hub init` */
export async function loadKeys(files: Files, folder: string): Promise<HubKeys> {
  const pki = await loadPki(files, folder);
  const orders = await load(files, folder, "orders");
  const online = await load(files, folder, "online");
  const sealing = await loadSealing(files, folder);
  if (!pki || !orders || !online || !sealing) throw new Fault("HUB_NOT_INITIALISED");
  const root = await load(files, folder, "root");
  const targets = await load(files, folder, "targets");
  return { pki, orders, releases: { root, targets, online }, sealing };
}

/** The key that exports are signed with. A hub made before there was one gets it when it next starts. */
export const ensureExportKey = async (files: Files, folder: string): Promise<ExportSigner> =>
  exportSigner(await ensure(files, folder, "exports"));

/** The key that licence files are signed with; made as the one of exports. */
export const ensureLicenceKey = async (files: Files, folder: string): Promise<LicenceFiles> =>
  licenceFiles(await ensure(files, folder, "licences"));

/** Null when this hub never had one. */
export async function loadExportKey(files: Files, folder: string): Promise<ExportSigner | null> {
  const key = await load(files, folder, "exports");
  return key && exportSigner(key);
}

export const orderSigner = (orders: SigningKey): OrderSigner => ({
  sign: (claims) => signOrder(orders, claims),
});

export const orderKeys = ({ orders }: HubKeys): OrderKey[] => [orderKeyOf(orders)];

/** SHA-256 (hex) of the root's public key, for enrolment codes. */
export const rootKeyHash = ({ rootPem }: Pki): string => certificateKeyHash(new X509Certificate(rootPem));
