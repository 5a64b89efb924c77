import type { AgentId, DeviceId, OrgId, Serial, ServerId, ServerUid, TaskId } from "@fyr/protocol";
import { isTerminal } from "@fyr/protocol";
import type { TaskRecord } from "../../upgrades/task.ts";
import type { ServerRecord } from "../../servers/server.ts";
import type { DeviceRecord } from "../store.ts";
import type { LinkRecord } from "./store.ts";

/** Records by their keys, with the few ways in which a sync looks for them. */
export interface Layer {
  readonly links: Map<AgentId, LinkRecord>;
  task(id: TaskId): TaskRecord | undefined;
  tasks(): Iterable<TaskRecord>;
  /** May name tasks that went to another agent since. */
  tasksOf(agentId: AgentId): Iterable<TaskId>;
  /** May name a task that ended since. */
  openTaskOf(target: DeviceId | ServerId): TaskId | undefined;
  setTask(task: TaskRecord): void;
  device(orgId: OrgId, serial: Serial): DeviceRecord | undefined;
  devices(): Iterable<DeviceRecord>;
  devicesOf(agentId: AgentId): DeviceRecord[];
  setDevice(device: DeviceRecord): void;
  server(orgId: OrgId, uid: ServerUid): ServerRecord | undefined;
  servers(): Iterable<ServerRecord>;
  setServer(server: ServerRecord): void;
  /** The organisation that a server is registered with. */
  ownerOf(uid: ServerUid): OrgId | undefined;
  setOwner(uid: ServerUid, orgId: OrgId): void;
}

const NONE: ReadonlySet<TaskId> = new Set();

export function newLayer(): Layer {
  const links = new Map<AgentId, LinkRecord>();
  const tasks = new Map<TaskId, TaskRecord>();
  const byAgent = new Map<AgentId, Set<TaskId>>();
  const openByTarget = new Map<DeviceId | ServerId, TaskId>();
  const devices = new Map<string, DeviceRecord>();
  const servers = new Map<string, ServerRecord>();
  const owners = new Map<ServerUid, OrgId>();
  const deviceKey = (orgId: OrgId, serial: Serial) => `${orgId} ${serial}`;
  return {
    links,
    task: (id) => tasks.get(id),
    tasks: () => tasks.values(),
    tasksOf: (agentId) => byAgent.get(agentId) ?? NONE,
    openTaskOf: (target) => openByTarget.get(target),
    setTask(task) {
      tasks.set(task.id, task);
      const theirs = byAgent.get(task.agentId);
      if (theirs) theirs.add(task.id);
      else byAgent.set(task.agentId, new Set([task.id]));
      if (!isTerminal(task.phase)) openByTarget.set(task.deviceId, task.id);
    },
    device: (orgId, serial) => devices.get(deviceKey(orgId, serial)),
    devices: () => devices.values(),
    devicesOf: (agentId) => [...devices.values()].filter((device) => device.agentId === agentId),
    setDevice: (device) => void devices.set(deviceKey(device.orgId, device.serial), device),
    server: (orgId, uid) => servers.get(`${orgId} ${uid}`),
    servers: () => servers.values(),
    setServer(server) {
      const { uid } = server.facts;
      servers.set(`${server.orgId} ${uid}`, server);
      if (server.state === "registered") owners.set(uid, server.orgId);
    },
    ownerOf: (uid) => owners.get(uid),
    setOwner: (uid, orgId) => void owners.set(uid, orgId),
  };
}
