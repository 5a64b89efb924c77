import { X509Certificate } from "node:crypto";
import { faultText, isFault } from "@fyr/protocol";
import type { AgentConfig } from "../config.ts";
import { siteRange, tcpKnock } from "../discovery/index.ts";
import { brokerUrls } from "../link/broker-urls.ts";
import { createHubLink } from "../link/http.ts";
import { credentialsOf, type Identity } from "../link/identity.ts";
import { openHubWire } from "../link/wire/https.ts";
import { demandIdentity, openBesideAgent, openOwnVault } from "./folder.ts";
import { silentLog } from "@fyr/runtime";
import type { Machine } from "./machine.ts";

export interface Finding {
  readonly level: "good" | "note" | "bad";
  readonly what: string;
}

const good = (what: string): Finding => ({ level: "good", what });
const note = (what: string): Finding => ({ level: "note", what });
const bad = (what: string): Finding => ({ level: "bad", what });

const DAY_MS = 86_400_000;
const KNOCK_MS = 3_000;
/** An image and what is made of it. */
const ROOMY_BYTES = 2 * 2 ** 30;

function wordsOf(error: unknown): string {
  if (!isFault(error)) return (error as Error).message;
  const { what, remedy } = faultText(error.code, "en");
  const facts = Object.keys(error.details).length > 0 ? ` ${JSON.stringify(error.details)}` : "";
  return `${what} ${remedy} (${error.code}${facts})`;
}

const dateText = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace("T", " ");

function lookAtCertificate({ clock }: Machine, { chain }: Identity): Finding {
  const until = new X509Certificate(chain).validToDate.getTime();
  const text = `certificate until ${dateText(until)}; this machine's clock says ${dateText(clock.wall())} UTC`;
  if (until < clock.wall()) return bad(`${text}: expired, or the clock is wrong`);
  return until - clock.wall() < 10 * DAY_MS ? note(`${text}: renewal is overdue`) : good(text);
}

async function lookAtHub({ clock }: Machine, identity: Identity): Promise<Finding> {
  const { syncUrl, root } = identity;
  const wire = openHubWire({ url: syncUrl, rootPem: root, credentials: credentialsOf(identity) });
  try {
    await createHubLink(wire, clock).metadata("timestamp.json", 16 * 1024);
    return good(`hub ${syncUrl} answers and knows this agent`);
  } catch (error) {
    return bad(`hub ${syncUrl}: ${wordsOf(error)}`);
  } finally {
    wire.close();
  }
}

/** The doorbell is a comfort: a shut port is worth a note and no more. */
async function lookAtDoorbell(machine: Machine, config: AgentConfig, identity: Identity): Promise<Finding> {
  const urls = config.doorbell ? brokerUrls(identity.mqttUrl, identity.syncUrl) : [];
  if (urls.length === 0) return note("no doorbell: the agent polls");
  const opens = tcpKnock(machine.clock);
  const { signal } = new AbortController();
  for (const text of urls) {
    const { hostname, port } = new URL(text);
    const host = hostname.replace(/^\[|\]$/g, "");
    if (await opens(host, Number(port || 8883), KNOCK_MS, signal)) return good(`doorbell ${text} is open`);
  }
  return note(`no doorbell is reached (${urls.join(", ")}): the agent polls`);
}

async function lookAtDisk({ files }: Machine, { dataDir }: AgentConfig): Promise<Finding> {
  const freeBytes = await files.freeBytes(dataDir);
  const text = `${Math.floor(freeBytes / 2 ** 20)} MiB free in ${dataDir}`;
  return freeBytes < ROOMY_BYTES ? note(`${text}: little for images`) : good(text);
}

function lookAtRanges({ ranges }: AgentConfig): Finding {
  if (ranges.length === 0) return bad("no address ranges are named: set `ranges` in agent.yaml");
  const addresses = ranges.map(siteRange).reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return good(`${addresses} addresses in ${ranges.length} ranges`);
}

async function lookAtVault(machine: Machine, config: AgentConfig, identity: Identity): Promise<Finding> {
  const store = openBesideAgent(config);
  try {
    const entries = (await openOwnVault(machine, config, { store, identity, log: silentLog })).list();
    return entries.length > 0
      ? good(`${entries.length} logins in the vault`)
      : bad("no logins: agent credentials add --user root");
  } finally {
    store.close();
  }
}

/** Looks at everything that an agent needs and changes nothing. An agent may be running meanwhile. */
export async function examine(machine: Machine, config: AgentConfig): Promise<Finding[]> {
  const identity = await demandIdentity(machine, config.dataDir).catch((error: unknown) =>
    bad(wordsOf(error)),
  );
  if ("level" in identity) return [identity];
  const looks: (() => Finding | Promise<Finding>)[] = [
    () => good(`enrolled as ${identity.agentId}`),
    () => lookAtCertificate(machine, identity),
    () => lookAtHub(machine, identity),
    () => lookAtDoorbell(machine, config, identity),
    () => lookAtDisk(machine, config),
    () => lookAtRanges(config),
    () => lookAtVault(machine, config, identity),
  ];
  const findings: Finding[] = [];
  for (const look of looks) {
    findings.push(
      await Promise.resolve()
        .then(look)
        .catch((error: unknown) => bad(wordsOf(error))),
    );
  }
  return findings;
}

const MARKS = { good: "  ok ", note: "note ", bad: " bad " } as const;

/** @returns whether all is well enough to run */
export async function showFindings(machine: Machine, config: AgentConfig, json: boolean): Promise<boolean> {
  const findings = await examine(machine, config);
  if (json) machine.print(JSON.stringify(findings));
  else for (const { level, what } of findings) machine.print(`${MARKS[level]} ${what}`);
  return findings.every(({ level }) => level !== "bad");
}
