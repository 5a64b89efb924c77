import { CommandId, Fault, reachOf, type AgentId, type OrgId, type Task } from "@fyr/protocol";
import { demandIn, type Member } from "../access/member.ts";
import { pathFor } from "../access/place.ts";
import type { Contacts } from "../fleet/contacts.ts";
import type { ShowAgent } from "../fleet/service.ts";
import { pageOf } from "../paging.ts";
import type { HubPorts, Services } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { cancelTask } from "./cancel.ts";
import { createUpgrades } from "./create.ts";
import { showTask } from "./show.ts";
import type { TaskRecord } from "./task.ts";
import { trailOf } from "./trail.ts";

export type UpgradeService = Pick<
  Services,
  "createUpgrade" | "upgrade" | "upgrades" | "tasks" | "task" | "cancelTask"
>;

export interface UpgradeServiceParts {
  readonly contacts: Contacts;
  readonly showAgent: ShowAgent;
  /** A task wants to be looked at then. */
  readonly expect: (wakeAt: number) => void;
}

export function upgradeService(ports: HubPorts, store: HubStore, parts: UpgradeServiceParts): UpgradeService {
  const { clock, ids, doorbell } = ports;
  const { contacts, showAgent, expect } = parts;

  /** Tasks as people see them; asks once for each agent among them. */
  async function show(orgId: OrgId, tasks: readonly TaskRecord[]): Promise<Task[]> {
    const silent = new Map<AgentId, number | null>();
    for (const { agentId } of tasks) {
      if (!silent.has(agentId)) silent.set(agentId, await silentSince(orgId, agentId));
    }
    return tasks.map((task) => showTask(task, contacts, silent.get(task.agentId) ?? null));
  }

  async function silentSince(orgId: OrgId, agentId: AgentId): Promise<number | null> {
    const agent = await store.read.fleet.agent(orgId, agentId);
    if (!agent) return null;
    const { online, lastSeenAt, createdAt } = showAgent(agent);
    return online ? null : (lastSeenAt ?? createdAt);
  }

  async function one(orgId: OrgId, task: TaskRecord | null): Promise<Task> {
    const [shown] = task ? await show(orgId, [task]) : [];
    if (!shown) throw new Fault("NOT_FOUND");
    return shown;
  }

  /** Where the device of a task stands now. */
  async function pathOfTask({ fleet, folders }: Stores, member: Member, task: TaskRecord) {
    if (member.role === "admin") return [];
    const device = await fleet.device(member.orgId, task.deviceId);
    return device ? pathFor(folders, member, device.folderId) : [];
  }

  return {
    createUpgrade: createUpgrades(ports, store, ({ agents, wakeAt }) => {
      if (agents.length > 0) doorbell.ring(agents);
      expect(wakeAt);
    }),
    async upgrade(member, upgradeId) {
      const found = await store.read.upgrades.upgrade(member.orgId, reachOf(member, "task.read"), upgradeId);
      if (!found) throw new Fault("NOT_FOUND");
      return found;
    },
    async upgrades(member, wish) {
      return pageOf(
        await store.read.upgrades.upgrades(member.orgId, reachOf(member, "task.read"), wish),
        wish,
        ({ id }) => id,
        (upgrade) => upgrade,
      );
    },
    async tasks(member, filter, wish) {
      const { orgId } = member;
      const page = pageOf(
        await store.read.upgrades.tasks(orgId, reachOf(member, "task.read"), filter, wish),
        wish,
        ({ id }) => id,
        (task) => task,
      );
      return { ...page, items: await show(orgId, page.items) };
    },
    async task(member, taskId) {
      const task = await store.read.upgrades.task(member.orgId, taskId);
      // Servers' are shown with their servers.
      if (!task || task.server !== null) throw new Fault("NOT_FOUND");
      demandIn(member, "task.read", "task.read", await pathOfTask(store.read, member, task));
      return one(member.orgId, task);
    },
    async cancelTask(member, taskId) {
      const { orgId, actor } = member;
      const now = clock.wall();
      const { task, tell } = await store.write(async (stores) => {
        const { upgrades, audit } = stores;
        const before = await upgrades.lockTask(orgId, taskId);
        if (!before || before.server !== null) throw new Fault("NOT_FOUND");
        const own = (await upgrades.actorOf(orgId, before.upgradeId)) === actor;
        demandIn(member, "task.read", "task.cancel", await pathOfTask(stores, member, before), own);
        const answer = cancelTask(before, now);
        if (answer.task === before) return answer;
        await upgrades.saveTasks([{ before, after: answer.task }]);
        const { agentId } = before;
        const commandId = CommandId.parse(ids.next());
        const command = { orgId, commandId, agentId, taskId, kind: "cancel", createdAt: now } as const;
        if (answer.tell) await upgrades.insertCommands([command]);
        const wish = { orgId, at: now, actor, action: "task.cancel_requested", object: taskId };
        await audit.append([
          { ...wish, after: { phase: before.phase } },
          ...trailOf(before, answer.task, actor, now),
        ]);
        return answer;
      });
      if (tell) doorbell.ring([task.agentId]);
      return one(orgId, task);
    },
  };
}
