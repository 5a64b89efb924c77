import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import {
  issueServer,
  keyPem,
  LEAF_LIFE_MS,
  loadCredentials,
  saveCredentials,
  type Pki,
  type TlsCredentials,
} from "@fyr/certs";
import type { Cancel, Clock, Files, Logger, Random } from "@fyr/runtime";

export interface LeafPorts {
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** A leaf is replaced when a third of its life is over, so that a hub that was off for weeks still has a good one. */
const RENEW_BELOW_MS = (LEAF_LIFE_MS * 2) / 3;
export const LEAF_CHECK_MS = 24 * 60 * 60 * 1000;

export const serverLeafPath = (folder: string): string => join(folder, "server.pem");

/**
 * Whether a leaf speaks for exactly these hosts, was issued by this hub and lives long enough; one that was issued while
 * the clock was ahead does not live yet.
 */
function isGood(
  { chainPem }: TlsCredentials,
  { hubServer }: Pki,
  hosts: readonly string[],
  nowMs: number,
): boolean {
  const leaf = new X509Certificate(chainPem);
  const names = (leaf.subjectAltName ?? "").split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
  return (
    [...names].sort().join() === [...hosts].sort().join() &&
    leaf.verify(new X509Certificate(hubServer.certificatePem).publicKey) &&
    leaf.validFromDate.getTime() <= nowMs &&
    leaf.validToDate.getTime() - nowMs > RENEW_BELOW_MS
  );
}

/** What the hub shows to agents: the leaf on disk, or a new one when that is old or for other hosts. */
export async function ensureServerLeaf(
  { files, clock, random, log }: LeafPorts,
  { pki, folder, hosts }: { pki: Pki; folder: string; hosts: readonly string[] },
): Promise<TlsCredentials> {
  const path = serverLeafPath(folder);
  const found = await loadCredentials(files, path);
  if (found && isGood(found, pki, hosts, clock.wall())) return found;
  const issued = await issueServer(pki.hubServer, hosts, random, clock.wall());
  const credentials = { keyPem: keyPem(issued.key), chainPem: issued.chainPem };
  await saveCredentials(files, path, credentials);
  log.info({ serial: issued.serial, hosts, until: issued.notAfterMs }, "server certificate issued");
  return credentials;
}

/** Looks once a day whether the leaf has to be replaced, and says so. */
export function watchServerLeaf(
  ports: LeafPorts,
  of: { pki: Pki; folder: string; hosts: readonly string[] },
  renewed: (credentials: TlsCredentials) => void,
): Cancel {
  const { clock, log } = ports;
  let stopped = false;
  let cancel: Cancel;
  const look = async (): Promise<void> => {
    try {
      const credentials = await ensureServerLeaf(ports, of);
      if (!stopped) renewed(credentials);
    } catch (error) {
      log.error({ error }, "server certificate could not be renewed");
    }
    if (!stopped) cancel = clock.after(LEAF_CHECK_MS, () => void look());
  };
  cancel = clock.after(LEAF_CHECK_MS, () => void look());
  return () => {
    stopped = true;
    cancel();
  };
}
