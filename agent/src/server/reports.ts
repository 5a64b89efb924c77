import {
  SERVER_SHOWN,
  ServerFacts,
  ServerReport,
  type ServerHealth,
  type ServerStanding,
} from "@fyr/protocol";
import { sleep, type Cancel, type Clock, type Logger } from "@fyr/runtime";
import type { ServerReports, StateStore } from "../ports.ts";
import type { ServerJobs } from "./jobs.ts";
import type { HostProbe, RecordedDevice } from "./ports.ts";
import type { ServerSettings } from "./settings.ts";

export interface ReportPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: StateStore;
  readonly host: HostProbe;
  readonly jobs: Pick<ServerJobs, "openJobs" | "onNews" | "restoring">;
  readonly settings: Pick<ServerSettings, "healthEveryMs" | "tellEveryMs">;
}

export interface RunningReports extends ServerReports {
  start(): void;
  stop(): Promise<void>;
  /** Devices that the server records, as it last said. */
  recorded(): readonly RecordedDevice[];
  /** Reads the host once, now. */
  read(signal: AbortSignal): Promise<void>;
}

const KEY = "server/facts";
/** The whole of what was last worth telling, for whoever asks beside the agent. */
const SEEN = "server/seen";

/** What is worth telling at once: everything but figures that move all the time. */
const essence = ({ facts, health, standing }: ServerReport): string =>
  JSON.stringify([facts, standing, health.services, health.rebootPending, health.exporting]);

/** Keeps what a host tells of its server, and what of it the hub has not heard. */
export function createReports({ clock, log, store, host, jobs, settings }: ReportPorts): RunningReports {
  const listeners = new Set<() => void>();
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let unlisten: Cancel = () => {};
  let facts = readFacts(store);
  let health: ServerHealth | null = null;
  let told: { readonly essence: string; readonly at: number } | null = null;
  let up: boolean | "unknown" = "unknown";
  let recorded: readonly RecordedDevice[] = [];

  /** Upgrading is neither down nor a fault, whatever the host shows meanwhile. */
  function standing(): ServerStanding {
    const job = jobs.openJobs().find(({ record }) => SERVER_SHOWN[record.state].unavailable);
    const run = job?.openRun;
    if (job && run) {
      // What takes too long is an alert at first; only later a person is asked.
      return { kind: "upgrading", until: run.overdue ? null : run.until, attention: run.asked };
    }
    const restoring = jobs.restoring();
    if (restoring) return { kind: "upgrading", until: restoring.until, attention: false };
    return { kind: up === "unknown" ? "unknown" : up ? "up" : "down" };
  }

  const now = (): ServerReport | null => (facts && health ? { facts, health, standing: standing() } : null);

  const isNews = (report: ServerReport): boolean =>
    told === null || told.essence !== essence(report) || report.health.at - told.at >= settings.tellEveryMs;

  async function readFactsOnce(signal: AbortSignal): Promise<void> {
    try {
      const found = await host.facts(signal);
      const devices = await host.devices(signal);
      if (devices !== "unknown") recorded = devices;
      if (!found || JSON.stringify(found) === JSON.stringify(facts)) return;
      facts = found;
      store.put(KEY, Buffer.from(JSON.stringify(found)));
    } catch (error) {
      log.warn({ error }, "the host would not say what its server is");
    }
  }

  async function read(signal: AbortSignal): Promise<void> {
    // While it is installed on, a server may be half gone: what was known of it stays true enough.
    if (standing().kind !== "upgrading") await readFactsOnce(signal);
    health = await host.health(signal);
    up = (await host.alive(signal)).up;
    const report = now();
    if (!report || !isNews(report)) return;
    store.put(SEEN, Buffer.from(JSON.stringify(report)));
    for (const listener of [...listeners]) listener();
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      await read(stopping.signal).catch((error: unknown) => {
        if (!stopping.signal.aborted) log.warn({ error }, "the host could not be read");
      });
      await sleep(clock, settings.healthEveryMs, stopping.signal);
    }
  }

  return {
    recorded: () => recorded,
    read,
    start() {
      unlisten = jobs.onNews(() => {
        const report = now();
        if (report && isNews(report)) for (const listener of [...listeners]) listener();
      });
      running = loop();
    },
    async stop() {
      unlisten();
      stopping.abort();
      await running;
    },
    pending() {
      const report = now();
      return report && isNews(report) ? [report] : [];
    },
    acknowledged(reports) {
      const last = reports.at(-1);
      if (last) told = { essence: essence(last), at: last.health.at };
    },
    wanted() {
      told = null;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** What the server on this host was last seen to be; null where there is none, or nobody has looked. */
export function lastSeen(store: StateStore): ServerReport | null {
  const bytes = store.get(SEEN);
  const read = bytes && ServerReport.safeParse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  return read?.success ? read.data : null;
}

function readFacts(store: StateStore): ServerFacts | null {
  const bytes = store.get(KEY);
  if (!bytes) return null;
  const read = ServerFacts.safeParse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  return read.success ? read.data : null;
}
