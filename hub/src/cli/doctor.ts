import { X509Certificate } from "node:crypto";
import { createServer } from "node:net";
import { join } from "node:path";
import { loadCredentials, repositoryStatus } from "@fyr/certs";
import { faultText, isFault } from "@fyr/protocol";
import { silentLog } from "@fyr/runtime";
import type { HubConfig } from "../config.ts";
import { loadKeys } from "../pki/keys.ts";
import { serverLeafPath } from "../pki/server-leaf.ts";
import { openStore } from "../store/store.ts";
import { apiHost } from "./addresses.ts";
import { dataFolder, type DataFolder } from "./folder.ts";
import { lockFolder } from "./lock.ts";
import type { Machine } from "./machine.ts";
import { readOperator } from "./operator.ts";

export interface Finding {
  readonly level: "good" | "warn" | "bad";
  readonly what: string;
}

const good = (what: string): Finding => ({ level: "good", what });
const warn = (what: string): Finding => ({ level: "warn", what });
const bad = (what: string): Finding => ({ level: "bad", what });

const DAY_MS = 24 * 60 * 60 * 1000;
/** Below these nobody is in a hurry yet, but somebody should know. */
const LEAF_WARN_MS = 10 * DAY_MS;
const AUTHORITY_WARN_MS = 90 * DAY_MS;
const METADATA_WARN_MS: Readonly<Record<string, number>> = { root: 60 * DAY_MS, targets: 30 * DAY_MS };

/** Looks at everything a hub needs, changes nothing. A hub may be running meanwhile. */
export async function examine(machine: Machine, config: HubConfig): Promise<Finding[]> {
  const folder = dataFolder(config.dataDir);
  const looks: readonly [string, () => Promise<Finding[]>][] = [
    ["data folder", () => lookAtFolder(machine, folder)],
    ["disk", () => lookAtDisk(machine, config, folder)],
    ["certificates", () => lookAtCertificates(machine, config, folder)],
    ["image metadata", () => lookAtMetadata(machine, folder)],
    ["database", () => lookAtDatabase(machine, config, folder)],
    ["ports", () => lookAtPorts(config, folder)],
  ];
  const findings: Finding[] = [];
  for (const [name, look] of looks) {
    findings.push(...(await look().catch((error: unknown) => [bad(`${name}: ${wordsOf(error)}`)])));
  }
  return findings;
}

const wordsOf = (error: unknown): string => {
  if (!isFault(error)) return (error as Error).message;
  const { what, remedy } = faultText(error.code, "en");
  return `${what} ${remedy} (${error.code})`;
};

async function lookAtFolder({ files }: Machine, folder: DataFolder): Promise<Finding[]> {
  if ((await readOperator(files, folder.operator)) === null)
    return [bad(`${folder.path} holds no hub: run hub init`)];
  return [good(`data folder ${folder.path}`)];
}

async function lookAtDisk({ files }: Machine, config: HubConfig, { path }: DataFolder): Promise<Finding[]> {
  const freeBytes = await files.freeBytes(path);
  const text = `${Math.floor(freeBytes / 2 ** 20)} MiB free for the hub`;
  return [freeBytes < config.spareDiskBytes ? bad(`only ${text}: imports are refused`) : good(text)];
}

function until(name: string, endMs: number, nowMs: number, warnMs: number): Finding {
  const text = `${name} until ${new Date(endMs).toISOString().slice(0, 10)}`;
  if (endMs <= nowMs) return bad(`${text}: expired`);
  return endMs - nowMs < warnMs ? warn(`${text}: soon`) : good(text);
}

async function lookAtCertificates(
  machine: Machine,
  config: HubConfig,
  folder: DataFolder,
): Promise<Finding[]> {
  const { files, clock } = machine;
  const { pki } = await loadKeys(files, folder.keys);
  const nowMs = clock.wall();
  const ends = (name: string, pem: string, warnMs: number) =>
    until(name, new X509Certificate(pem).validToDate.getTime(), nowMs, warnMs);
  const findings = [
    ends("root", pki.rootPem, AUTHORITY_WARN_MS),
    ends("agents' authority", pki.agents.certificatePem, AUTHORITY_WARN_MS),
    ends("hub's authority", pki.hubServer.certificatePem, AUTHORITY_WARN_MS),
  ];
  const leaf = await loadCredentials(files, serverLeafPath(folder.keys));
  findings.push(
    leaf ? ends("hub's certificate", leaf.chainPem, LEAF_WARN_MS) : warn("no server certificate yet"),
  );
  if ((await files.read(join(folder.keys, "root.pem"))) !== null) {
    findings.push(warn("the root's key (keys/root.pem) is on this machine: move it to an offline one"));
  }
  return [...findings, await lookAtApiCertificate(machine, config, ends)];
}

async function lookAtApiCertificate(
  { files }: Machine,
  { apiCertificate }: HubConfig,
  ends: (name: string, pem: string, warnMs: number) => Finding,
): Promise<Finding> {
  if (apiCertificate === undefined) return warn("no certificate for the API: clear HTTP, on loopback only");
  const found = await loadCredentials(files, apiCertificate);
  return found
    ? ends("API's certificate", found.chainPem, LEAF_WARN_MS)
    : bad(`${apiCertificate}: no such file`);
}

async function lookAtMetadata({ files, clock }: Machine, { metadata }: DataFolder): Promise<Finding[]> {
  const { roles, images, singleSigner } = await repositoryStatus({ files, folder: metadata });
  const findings = roles.map(({ role, expiresMs }) =>
    expiresMs === null
      ? warn(`metadata ${role}: nothing published yet`)
      : until(`metadata ${role}`, expiresMs, clock.wall(), METADATA_WARN_MS[role] ?? 0),
  );
  if (singleSigner) findings.push(warn("one key of one can publish images"));
  return [...findings, good(`${images} images published`)];
}

async function lookAtDatabase(
  { turn }: Machine,
  { databaseUrl }: HubConfig,
  folder: DataFolder,
): Promise<Finding[]> {
  if (databaseUrl === undefined) return [good(`database ${folder.database}`)];
  const store = await openStore(databaseUrl, { log: silentLog, turn });
  await store.close();
  return [good("database answers")];
}

/** While the hub runs, its ports are its own. */
async function lookAtPorts(config: HubConfig, { lock }: DataFolder): Promise<Finding[]> {
  try {
    lockFolder(lock)();
  } catch (error) {
    if (isFault(error, "INSTANCE_RUNNING")) return [good("the hub is running")];
    throw error;
  }
  const ports: readonly (readonly [string, number, string])[] = [
    ["API", config.apiPort, apiHost(config)],
    ["agents", config.agentsPort, config.agentsHost],
    ...(config.mqtt ? ([["MQTT", config.mqttPort, config.mqttHost]] as const) : []),
    ["metrics", config.metricsPort, "127.0.0.1"],
  ];
  return Promise.all(ports.map(([name, port, host]) => lookAtPort(name, port, host)));
}

const lookAtPort = (name: string, port: number, host: string): Promise<Finding> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ message }) => resolve(bad(`port ${port} for ${name}: ${message}`)));
    server.listen(port, host, () => server.close(() => resolve(good(`port ${port} for ${name}`))));
  });
