import {
  CommandId,
  Fault,
  UpgradeId,
  type AgentId,
  type NewServerUpgrade,
  type OrgId,
  type Page,
  type ServerId,
  type ServerUpgrade,
  type ServerUpgradePreview,
  type TaskId,
} from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import type { Contacts } from "../fleet/contacts.ts";
import { once } from "../idempotency/once.ts";
import { pageOf } from "../paging.ts";
import type { HubPorts, PageWish } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { cancelServerTask } from "../upgrades/cancel.ts";
import type { TaskRecord } from "../upgrades/task.ts";
import { trailOf } from "../upgrades/trail.ts";
import { planServerUpgrade } from "./plan.ts";
import { serverFor } from "./service.ts";
import { offersRestore, showPlan, showServerUpgrade } from "./show-upgrade.ts";

/** Upgrades of servers: a request in a queue that the server's agent fetches. */
export interface ServerUpgradeService {
  /** The same key with the same wish gives the same answer for 48 hours. @throws Fault as `planServerUpgrade` */
  upgradeServer(
    member: Member,
    serverId: ServerId,
    wish: NewServerUpgrade,
    idempotencyKey: string | undefined,
  ): Promise<ServerUpgrade>;
  /** What that would do; nothing is changed. @throws Fault as `planServerUpgrade` */
  previewServerUpgrade(
    member: Member,
    serverId: ServerId,
    wish: NewServerUpgrade,
  ): Promise<ServerUpgradePreview>;
  /** Newest first. */
  serverUpgrades(member: Member, serverId: ServerId, page: PageWish): Promise<Page<ServerUpgrade>>;
  serverUpgrade(member: Member, serverId: ServerId, taskId: TaskId): Promise<ServerUpgrade>;
  /** @throws Fault SERVER_CLAIMED once an agent has it, CANCEL_FINISHED */
  withdrawServerUpgrade(member: Member, serverId: ServerId, taskId: TaskId): Promise<ServerUpgrade>;
  /** Asks for the backup to be put back; it never is without a person's word. @throws Fault SERVER_RESTORE_NONE */
  restoreServer(member: Member, serverId: ServerId, taskId: TaskId): Promise<ServerUpgrade>;
}

/** Requests after a failed upgrade that are looked at: one that an agent took speaks against a restore. */
const NEWER_LOOKED_AT = 50;

export interface ServerUpgradeParts {
  readonly contacts: Contacts;
  /** A task wants to be looked at then. */
  readonly expect: (wakeAt: number) => void;
  /** Whether licences cover the server (L-26). @throws Fault LICENCE_REQUIRED */
  readonly requireCover: (stores: Stores, orgId: OrgId, serverId: ServerId) => Promise<void>;
}

export function serverUpgradeService(
  ports: HubPorts,
  store: HubStore,
  { contacts, expect, requireCover }: ServerUpgradeParts,
): ServerUpgradeService {
  const { clock, ids, doorbell } = ports;

  const show = (orgId: OrgId, tasks: readonly TaskRecord[]): Promise<ServerUpgrade[]> =>
    showAll(store, contacts, { orgId, tasks, now: clock.wall() });

  async function one(orgId: OrgId, task: TaskRecord): Promise<ServerUpgrade> {
    const [shown] = await show(orgId, [task]);
    if (!shown) throw new Fault("NOT_FOUND");
    return shown;
  }

  return {
    async upgradeServer(member, serverId, wish, key) {
      const { orgId, actor } = member;
      const now = clock.wall();
      const asked = {
        ...{ operation: "upgradeServer", space: orgId, actor, key, now },
        wish: { serverId, ...wish },
      };
      const made: TaskRecord[] = [];
      const answer = await store.write(async (stores) => {
        made.length = 0;
        return once(stores, asked, async () => {
          const task = await request({ ...ports, requireCover }, stores, member, { serverId, wish, now });
          made.push(task);
          return showServerUpgrade(task, { progress: null, restoreAskedAt: null, now });
        });
      });
      for (const { phase, agentId, wakeAt } of made) {
        if (phase === "ready") doorbell.ring([agentId]);
        if (wakeAt !== null) expect(wakeAt);
      }
      return answer;
    },
    async previewServerUpgrade(member, serverId, wish) {
      const about = { ...ports, requireCover };
      return showPlan(await plan(about, store.read, member, { serverId, wish, now: clock.wall() }));
    },
    async serverUpgrades(member, serverId, wish) {
      await serverFor(store.read, member, "server.read", serverId);
      const found = await store.read.upgrades.serverTasks(member.orgId, { serverId, ...wish });
      const page = pageOf(
        found,
        wish,
        ({ id }) => id,
        (task) => task,
      );
      return { ...page, items: await show(member.orgId, page.items) };
    },
    async serverUpgrade(member, serverId, taskId) {
      await serverFor(store.read, member, "server.read", serverId);
      const task = await store.read.upgrades.task(member.orgId, taskId);
      if (!task?.server || (task.deviceId as string) !== serverId) throw new Fault("NOT_FOUND");
      return one(member.orgId, task);
    },
    async withdrawServerUpgrade(member, serverId, taskId) {
      const { orgId, actor } = member;
      const now = clock.wall();
      const withdrawn = await store.write(async (stores) => {
        const before = await lockTask(stores, member, serverId, taskId);
        const after = cancelServerTask(before, now);
        await stores.upgrades.saveTasks([{ before, after }]);
        await stores.audit.append(trailOf(before, after, actor, now));
        return after;
      });
      return one(orgId, withdrawn);
    },
    async restoreServer(member, serverId, taskId) {
      const { orgId, actor } = member;
      const now = clock.wall();
      const { task, agentId } = await store.write(async (stores) => {
        const { upgrades, servers, audit } = stores;
        const task = await lockTask(stores, member, serverId, taskId);
        const asked = (await upgrades.restoresOf(orgId, [taskId])).get(taskId) ?? null;
        const isNewer = (await upgrades.serverTasks(orgId, { serverId, limit: NEWER_LOOKED_AT })).some(
          ({ id, epoch }) => id > taskId && epoch > 0,
        );
        if (isNewer || !offersRestore(task, asked))
          throw new Fault("SERVER_RESTORE_NONE", { phase: task.phase });
        const agentId: AgentId = (await servers.server(orgId, serverId))?.agentId ?? task.agentId;
        const commandId = CommandId.parse(ids.next());
        await upgrades.insertCommands([
          { orgId, commandId, agentId, taskId, kind: "restore", createdAt: now },
        ]);
        const entry = { orgId, at: now, actor, action: "server.restore_requested", object: serverId };
        await audit.append([{ ...entry, after: { taskId, backup: task.evidence["backup"] ?? null } }]);
        return { task, agentId };
      });
      doorbell.ring([agentId]);
      return one(orgId, task);
    },
  };
}

async function showAll(
  store: HubStore,
  contacts: Contacts,
  { orgId, tasks, now }: { orgId: OrgId; tasks: readonly TaskRecord[]; now: number },
): Promise<ServerUpgrade[]> {
  const ids = tasks.map(({ id }) => id);
  const asked = await store.read.upgrades.restoresOf(orgId, ids);
  return tasks.map((task) => {
    const progress = task.jobOpen ? contacts.progressOf(task.agentId, task.id, task.epoch) : null;
    return showServerUpgrade(task, { progress, restoreAskedAt: asked.get(task.id) ?? null, now });
  });
}

interface Asked {
  readonly serverId: ServerId;
  readonly wish: NewServerUpgrade;
  readonly now: number;
}

type PlanPorts = HubPorts & Pick<ServerUpgradeParts, "requireCover">;

/** Server and open task stay as they are until the transaction ends, when there is one. */
async function plan(
  { ids, releases, requireCover }: PlanPorts,
  stores: Stores,
  member: Member,
  { serverId, wish, now }: Asked,
) {
  const { orgId } = member;
  const server = await serverFor(stores, member, "server.upgrade", serverId, "lockServer");
  await requireCover(stores, orgId, serverId);
  const [open = null] = await stores.upgrades.lockOpenTasks(orgId, [serverId]);
  const upgradeId = UpgradeId.parse(ids.next());
  const planned = planServerUpgrade(server, wish, {
    ...{ now, upgradeId, newId: () => ids.next(), open, images: releases.all() },
    image: (digest) => releases.facts(digest),
  });
  return { server, upgradeId, ...planned };
}

async function request(ports: PlanPorts, stores: Stores, member: Member, asked: Asked): Promise<TaskRecord> {
  const { orgId, actor } = member;
  const { upgrades, audit } = stores;
  const { serverId, now } = asked;
  const { task, superseded, upgradeId } = await plan(ports, stores, member, asked);
  await upgrades.insertUpgrade({ orgId, id: upgradeId, actor, createdAt: now, kind: "server" });
  await upgrades.saveTasks(superseded ? [superseded] : []);
  await upgrades.insertTasks([task]);
  const entry = { orgId, at: now, actor, action: "server.upgrade_requested", object: serverId };
  const { fromVersion: from, toVersion: to, digest, windows, deadline } = task;
  const after = { taskId: task.id, from, to, digest, windows: windows.length, deadline };
  const trail = superseded ? trailOf(superseded.before, superseded.after, actor, now) : [];
  await audit.append([{ ...entry, after }, ...trail]);
  return task;
}

/** Its server's task, locked, for who may upgrade the server. */
async function lockTask(stores: Stores, member: Member, serverId: ServerId, taskId: TaskId) {
  await serverFor(stores, member, "server.upgrade", serverId);
  const task = await stores.upgrades.lockTask(member.orgId, taskId);
  if (!task?.server || (task.deviceId as string) !== serverId) throw new Fault("NOT_FOUND");
  return task;
}
