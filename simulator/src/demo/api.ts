import {
  AgentSlot,
  AgentSummary,
  Device,
  fromProblem,
  Image,
  Organisation,
  page,
  parse,
  Server,
  ServerUpgrade,
  Task,
  Upgrade,
  type Digest,
  type DeviceId,
  type OrgId,
  type ServerId,
  type TaskId,
  type UpgradeId,
} from "@fyr/protocol";
import { sleep, type Clock } from "@fyr/runtime";
import type { z } from "zod";
import type { Answer, Ask as Request, Exchange, Headers } from "./exchange.ts";

export interface Wish {
  readonly deviceId: DeviceId;
  readonly digest: Digest;
}

/** The hub's API as an operator's program uses it. Every answer is checked against the published schemas. */
export interface HubApi {
  createOrganisation(name: string): Promise<Organisation>;
  createAgent(orgId: OrgId, name: string): Promise<AgentSlot>;
  agents(orgId: OrgId): Promise<AgentSummary[]>;
  devices(orgId: OrgId): Promise<Device[]>;
  importImage(path: string, sizeBytes: number, fits: { models: string; hardwareIds: string }): Promise<Image>;
  importPackage(path: string, sizeBytes: number, is: { product: string; version: string }): Promise<Image>;
  servers(orgId: OrgId): Promise<Server[]>;
  /** To the version that is recommended. The same key again answers the same upgrade. */
  upgradeServer(orgId: OrgId, serverId: ServerId, key: string): Promise<ServerUpgrade>;
  serverUpgrade(orgId: OrgId, serverId: ServerId, taskId: TaskId): Promise<ServerUpgrade>;
  /** The same key again answers the same upgrade. */
  createUpgrade(orgId: OrgId, targets: readonly Wish[], key: string): Promise<Upgrade>;
  tasks(orgId: OrgId, upgradeId: UpgradeId): Promise<Task[]>;
}

type Ask = Omit<Request, "headers"> & { readonly key?: string };

/** The hub is away for a moment: it was killed, or begins just now. */
const AWAY = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);
const AGAIN_MS = 200;
const PATIENCE_MS = 60_000;

const isAway = (error: unknown): boolean => AWAY.has((error as NodeJS.ErrnoException).code ?? "");

/** What a request is proved with. */
export interface Proofs {
  /** The hub operator's token: for images, which are no organisation's. */
  readonly operatorToken: string;
  /** The session of the person who works with the hub. */
  session(): Promise<Headers>;
  /** That session is over. */
  sessionOver(): void;
}

const isOperators = ({ method, path }: Ask): boolean => method === "POST" && path.startsWith("/images");

/** Talks to the API. What can be repeated is, while the hub is away; set-up happens before anybody is killed. */
export function hubApi(exchange: Exchange, proofs: Proofs, clock: Clock): HubApi {
  const attempt = async (ask: Ask): Promise<Answer> => {
    const { key, ...request } = ask;
    const proof = isOperators(ask)
      ? { authorization: `Bearer ${proofs.operatorToken}` }
      : await proofs.session();
    return exchange({
      ...request,
      headers: { ...proof, ...(key !== undefined && { "idempotency-key": key }) },
    });
  };

  async function signedIn(ask: Ask): Promise<Answer> {
    const answer = await attempt(ask);
    if (answer.status !== 401 || isOperators(ask)) return answer;
    proofs.sessionOver();
    return attempt(ask);
  }

  async function patiently(ask: Ask) {
    const until = clock.mono() + PATIENCE_MS;
    for (;;) {
      try {
        const answer = await signedIn(ask);
        const isBusy = answer.status === 503 || answer.status === 429;
        if (!isBusy || clock.mono() > until) return answer;
      } catch (error) {
        if (!isAway(error) || clock.mono() > until) throw error;
      }
      await sleep(clock, AGAIN_MS);
    }
  }

  async function ask<S extends z.ZodType>(schema: S, wish: Ask): Promise<z.infer<S>> {
    const repeatable = wish.method === "GET" || wish.key !== undefined;
    const answer = await (repeatable ? patiently(wish) : signedIn(wish));
    if (answer.status < 300) return parse(schema, answer.text);
    throw (
      refusalIn(answer.text) ?? new Error(`The hub answered ${answer.status} to ${wish.method} ${wish.path}.`)
    );
  }

  async function all<S extends z.ZodType>(item: S, path: string): Promise<z.infer<S>[]> {
    const found: z.infer<S>[] = [];
    const schema = page(item);
    for (let after: string | null = ""; after !== null;) {
      const query = `limit=500${after === "" ? "" : `&after=${encodeURIComponent(after)}`}`;
      const part: { items: z.infer<S>[]; next: string | null } = await ask(schema, {
        method: "GET",
        path: `${path}${path.includes("?") ? "&" : "?"}${query}`,
      });
      found.push(...part.items);
      after = part.next;
    }
    return found;
  }

  const importFile = (path: string, sizeBytes: number, is: Record<string, string>) =>
    ask(Image, {
      method: "POST",
      path: `/images?${new URLSearchParams(is).toString()}`,
      file: { path, sizeBytes },
    });

  return {
    createOrganisation: (name) => ask(Organisation, { method: "POST", path: "/orgs", body: { name } }),
    createAgent: (orgId, name) =>
      ask(AgentSlot, { method: "POST", path: `/orgs/${orgId}/agents`, body: { name } }),
    agents: (orgId) => all(AgentSummary, `/orgs/${orgId}/agents`),
    devices: (orgId) => all(Device, `/orgs/${orgId}/devices`),
    importImage: importFile,
    importPackage: importFile,
    servers: (orgId) => all(Server, `/orgs/${orgId}/servers`),
    upgradeServer: (orgId, serverId, key) =>
      ask(ServerUpgrade, {
        method: "POST",
        path: `/orgs/${orgId}/servers/${serverId}/upgrades`,
        body: {},
        key,
      }),
    serverUpgrade: (orgId, serverId, taskId) =>
      ask(ServerUpgrade, { method: "GET", path: `/orgs/${orgId}/servers/${serverId}/upgrades/${taskId}` }),
    createUpgrade: (orgId, targets, key) =>
      ask(Upgrade, { method: "POST", path: `/orgs/${orgId}/upgrades`, body: { targets }, key }),
    tasks: (orgId, upgradeId) => all(Task, `/orgs/${orgId}/tasks?upgradeId=${upgradeId}`),
  };
}

function refusalIn(body: string): Error | undefined {
  try {
    return fromProblem(JSON.parse(body));
  } catch {
    return undefined;
  }
}
