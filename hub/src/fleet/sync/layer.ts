import type { AgentId, DeviceId, OrgId, Serial, TaskId } from "@fyr/protocol";
import { isTerminal } from "@fyr/protocol";
import type { TaskRecord } from "../../upgrades/task.ts";
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
  openTaskOf(deviceId: DeviceId): TaskId | undefined;
  setTask(task: TaskRecord): void;
  device(orgId: OrgId, serial: Serial): DeviceRecord | undefined;
  devices(): Iterable<DeviceRecord>;
  devicesOf(agentId: AgentId): DeviceRecord[];
  setDevice(device: DeviceRecord): void;
}

const NONE: ReadonlySet<TaskId> = new Set();

export function newLayer(): Layer {
  const links = new Map<AgentId, LinkRecord>();
  const tasks = new Map<TaskId, TaskRecord>();
  const byAgent = new Map<AgentId, Set<TaskId>>();
  const openByDevice = new Map<DeviceId, TaskId>();
  const devices = new Map<string, DeviceRecord>();
  const deviceKey = (orgId: OrgId, serial: Serial) => `${orgId} ${serial}`;
  return {
    links,
    task: (id) => tasks.get(id),
    tasks: () => tasks.values(),
    tasksOf: (agentId) => byAgent.get(agentId) ?? NONE,
    openTaskOf: (deviceId) => openByDevice.get(deviceId),
    setTask(task) {
      tasks.set(task.id, task);
      const theirs = byAgent.get(task.agentId);
      if (theirs) theirs.add(task.id);
      else byAgent.set(task.agentId, new Set([task.id]));
      if (!isTerminal(task.phase)) openByDevice.set(task.deviceId, task.id);
    },
    device: (orgId, serial) => devices.get(deviceKey(orgId, serial)),
    devices: () => devices.values(),
    devicesOf: (agentId) => [...devices.values()].filter((device) => device.agentId === agentId),
    setDevice: (device) => void devices.set(deviceKey(device.orgId, device.serial), device),
  };
}
