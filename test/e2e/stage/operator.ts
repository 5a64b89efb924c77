import { readFile } from "node:fs/promises";
import { browser, type Credentials } from "@fyr/hub/testing";
import {
  fromProblem,
  Image,
  isTerminal,
  Task,
  type AgentSlot,
  type AgentSummary,
  type Device,
  type Digest,
  type Organisation,
  type OrgId,
  type TaskId,
  type Upgrade,
} from "@fyr/protocol";
import { pause, until } from "./patience.ts";

/** The public API as a person and the hub's operator use it; the hub may be away for a moment. */
export interface Operator {
  post<T>(path: string, body: unknown): Promise<T>;
  get<T>(path: string): Promise<T>;
  createOrganisation(name: string): Promise<OrgId>;
  createAgent(orgId: OrgId, name: string): Promise<AgentSlot>;
  revokeAgent(orgId: OrgId, agentId: string): Promise<AgentSummary>;
  /** @throws Fault with the hub's reason */
  importImage(file: string | Uint8Array, fits: { models: string; hardwareIds: string }): Promise<Image>;
  devices(orgId: OrgId): Promise<Device[]>;
  /** The device as soon as the hub knows it and nothing troubles it. */
  device(orgId: OrgId, serial: string): Promise<Device>;
  upgrade(orgId: OrgId, wish: Wish): Promise<Task>;
  task(orgId: OrgId, id: TaskId): Promise<Task>;
  cancel(orgId: OrgId, id: TaskId): Promise<Task>;
  /** The task as it ended. */
  ending(orgId: OrgId, id: TaskId, withinMs?: number): Promise<Task>;
}

export interface Wish {
  readonly device: Device;
  readonly digest: Digest;
  readonly deadline?: number;
}

const AWAY_MS = 30_000;

/** @param token the hub operator's, for images; everything else is done by a person */
export function operator(apiUrl: () => string, token: string, person: Credentials): Operator {
  const page = browser(apiUrl, person);
  const isOperators = (method: string, path: string) => method === "POST" && path.startsWith("/images");

  async function once(method: string, path: string, init: RequestInit, again = true): Promise<unknown> {
    const own = isOperators(method, path) ? { authorization: `Bearer ${token}` } : await page.headers();
    const headers = { ...own, ...(init.headers as Record<string, string>) };
    const response = await fetch(`${apiUrl()}/api/v1${path}`, { ...init, method, headers });
    const body: unknown = await response.json();
    if (response.ok) return body;
    const fault = fromProblem(body);
    if (again && fault?.code === "UNAUTHENTICATED") {
      page.forget();
      return once(method, path, init, false);
    }
    throw fault ?? new Error(`${method} ${path} answered ${response.status}`);
  }

  /** A question may be asked again. */
  async function get<T>(path: string): Promise<T> {
    const end = performance.now() + AWAY_MS;
    for (;;) {
      try {
        return (await once("GET", path, {})) as T;
      } catch (error) {
        if (!(error instanceof TypeError) || performance.now() > end) throw error;
        await pause(100);
      }
    }
  }

  const post = async <T>(path: string, body: unknown): Promise<T> =>
    (await once("POST", path, {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    })) as T;

  async function all<T>(path: string): Promise<T[]> {
    const found: T[] = [];
    for (let after: string | null = ""; after !== null;) {
      const cursor: string = after === "" ? "" : `&after=${encodeURIComponent(after)}`;
      const part: { items: T[]; next: string | null } = await get(`${path}?limit=500${cursor}`);
      found.push(...part.items);
      after = part.next;
    }
    return found;
  }

  const the: Operator = {
    post,
    get,
    createOrganisation: async (name) => (await post<Organisation>("/orgs", { name })).id,
    createAgent: (orgId, name) => post(`/orgs/${orgId}/agents`, { name }),
    revokeAgent: (orgId, agentId) => post(`/orgs/${orgId}/agents/${agentId}/revoke`, {}),
    async importImage(file, fits) {
      const bytes = typeof file === "string" ? await readFile(file) : file;
      const headers = { "content-type": "application/octet-stream" };
      const query = new URLSearchParams(fits).toString();
      return Image.parse(await once("POST", `/images?${query}`, { body: Buffer.from(bytes), headers }));
    },
    devices: (orgId) => all(`/orgs/${orgId}/devices`),
    device: (orgId, serial) =>
      until(`the hub knows ${serial}`, async () => {
        const devices = await the.devices(orgId);
        return devices.find((device) => device.serial === serial && device.trouble === null);
      }),
    async upgrade(orgId, { device, digest, deadline }) {
      const targets = [{ deviceId: device.id, digest }];
      const { id } = await post<Upgrade>(`/orgs/${orgId}/upgrades`, {
        targets,
        ...(deadline !== undefined && { deadline }),
      });
      const { items } = await get<{ items: Task[] }>(`/orgs/${orgId}/tasks?upgradeId=${id}`);
      return Task.parse(items[0]);
    },
    task: (orgId, id) => get(`/orgs/${orgId}/tasks/${id}`),
    cancel: (orgId, id) => post(`/orgs/${orgId}/tasks/${id}/cancel`, {}),
    ending: (orgId, id, withinMs) =>
      until(
        `task ${id} ends`,
        async () => {
          const task = await the.task(orgId, id);
          return isTerminal(task.phase) ? task : undefined;
        },
        withinMs,
      ),
  };
  return the;
}
