import {
  Fault,
  reachOf,
  type AgentId,
  type FolderId,
  type OrgId,
  type Page,
  type RecordedDevice,
  type Server,
  type ServerHealthView,
  type ServerId,
} from "@fyr/protocol";
import { demand, demandIn, type Member } from "../access/member.ts";
import { pathFor } from "../access/place.ts";
import type { ShowAgent } from "../fleet/service.ts";
import { pageOf } from "../paging.ts";
import type { HubPorts, PageWish } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { cancelServerTask } from "../upgrades/cancel.ts";
import type { TaskRecord } from "../upgrades/task.ts";
import { trailOf } from "../upgrades/trail.ts";
import { showServer, type AgentSeen } from "./show.ts";
import type { ServerRecord } from "./server.ts";

/** Servers with AXIS Camera Station Pro: who is registered, how each stands, where it belongs. */
export interface ServerService {
  servers(member: Member, page: PageWish): Promise<Page<Server>>;
  server(member: Member, serverId: ServerId): Promise<Server>;
  serverHealth(member: Member, serverId: ServerId): Promise<ServerHealthView>;
  serverDevices(member: Member, serverId: ServerId, page: PageWish): Promise<Page<RecordedDevice>>;
  moveServer(member: Member, serverId: ServerId, folderId: FolderId): Promise<Server>;
  /** A request for it that no agent claimed is withdrawn with it; one that was claimed comes to its own end. */
  unregisterServer(member: Member, serverId: ServerId): Promise<void>;
}

/** @throws Fault NOT_FOUND, or the refusal of `action` */
export async function serverFor(
  { servers, folders }: Pick<Stores, "servers" | "folders">,
  member: Member,
  action: Parameters<typeof demandIn>[2],
  serverId: ServerId,
  how: "server" | "lockServer" = "server",
): Promise<ServerRecord> {
  const server = await servers[how](member.orgId, serverId);
  if (!server) throw new Fault("NOT_FOUND");
  demandIn(member, "server.read", action, await pathFor(folders, member, server.folderId));
  return server;
}

export function serverService(ports: HubPorts, store: HubStore, showAgent: ShowAgent): ServerService {
  const { clock, releases } = ports;

  async function agentsOf(orgId: OrgId, servers: readonly ServerRecord[]): Promise<Map<AgentId, AgentSeen>> {
    const seen = new Map<AgentId, AgentSeen>();
    for (const { agentId } of servers) {
      if (seen.has(agentId)) continue;
      const agent = await store.read.fleet.agent(orgId, agentId);
      seen.set(agentId, agent ? showAgent(agent) : { online: false, lastSeenAt: null });
    }
    return seen;
  }

  async function show(orgId: OrgId, servers: readonly ServerRecord[]): Promise<Server[]> {
    const open = await store.read.upgrades.openServerTasks(
      orgId,
      servers.map(({ id }) => id),
    );
    const tasks = new Map<string, TaskRecord>(open.map((task) => [task.deviceId, task]));
    const agents = await agentsOf(orgId, servers);
    const [images, now] = [releases.all(), clock.wall()];
    return servers.map((server) => {
      const agent = agents.get(server.agentId) ?? { online: false, lastSeenAt: null };
      return showServer(server, { task: tasks.get(server.id) ?? null, agent, images, now });
    });
  }

  async function one(member: Member, server: ServerRecord): Promise<Server> {
    const [shown] = await show(member.orgId, [server]);
    if (!shown) throw new Fault("NOT_FOUND");
    return shown;
  }

  return {
    async servers(member, wish) {
      const found = await store.read.servers.servers(member.orgId, reachOf(member, "server.read"), wish);
      const page = pageOf(
        found,
        wish,
        ({ id }) => id,
        (server) => server,
      );
      return { ...page, items: await show(member.orgId, page.items) };
    },
    server: async (member, serverId) =>
      one(member, await serverFor(store.read, member, "server.read", serverId)),
    async serverHealth(member, serverId) {
      const { reportedAt, health } = await serverFor(store.read, member, "server.monitor", serverId);
      return { serverId, reportedAt, health };
    },
    async serverDevices(member, serverId, wish) {
      await serverFor(store.read, member, "server.read", serverId);
      const reach = reachOf(member, "device.read");
      const found = await store.read.servers.recorded(member.orgId, serverId, reach, wish);
      return pageOf(
        found,
        wish,
        ({ serial }) => serial,
        (device) => device,
      );
    },
    async moveServer(member, serverId, folderId) {
      const { orgId, actor } = member;
      const moved = await store.write(async (stores) => {
        const { organisations, servers, folders, audit } = stores;
        // Whoever deletes a folder holds this lock while it looks whether the folder is empty.
        await organisations.lock(orgId);
        const before = await serverFor(stores, member, "device.edit", serverId, "lockServer");
        const path = await folders.pathOf(orgId, folderId);
        if (path.length === 0) throw new Fault("NOT_FOUND");
        demand(member, "device.edit", { path });
        if (before.folderId === folderId) return before;
        await servers.move(orgId, serverId, folderId);
        const entry = { orgId, at: clock.wall(), actor, action: "server.moved", object: serverId };
        const was = { folderId: before.folderId };
        await audit.append([{ ...entry, before: was, after: { folderId } }]);
        return { ...before, folderId };
      });
      return one(member, moved);
    },
    async unregisterServer(member, serverId) {
      const { orgId, actor } = member;
      const now = clock.wall();
      await store.write(async (stores) => {
        const { servers, upgrades, audit } = stores;
        const before = await serverFor(stores, member, "agent.register", serverId, "lockServer");
        const { uid, name } = before.facts;
        const open = await upgrades.lockOpenTasks(orgId, [serverId]);
        const queued = open.filter(({ jobOpen }) => !jobOpen);
        const changes = queued.map((task) => ({ before: task, after: cancelServerTask(task, now) }));
        await upgrades.saveTasks(changes);
        await servers.unregister(orgId, serverId);
        const entry = { orgId, at: now, actor, action: "server.unregistered", object: serverId };
        const trail = changes.flatMap((change) => trailOf(change.before, change.after, actor, now));
        await audit.append([{ ...entry, before: { uid, name } }, ...trail]);
      });
    },
  };
}
