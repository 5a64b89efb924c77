import { may, UpgradeId, type AgentId, type FolderId, type Upgrade } from "@fyr/protocol";
import { demand, type Member } from "../access/member.ts";
import { pathFor } from "../access/place.ts";
import type { DeviceRecord } from "../fleet/store.ts";
import { once } from "../idempotency/once.ts";
import type { HubPorts, Services } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { defaultDeadline, planUpgrade, type Plan } from "./plan.ts";
import { trailOf } from "./trail.ts";

type CreateUpgrade = Services["createUpgrade"];
type Wish = Parameters<CreateUpgrade>[1];

/** What follows from an upgrade that is on disk. */
export interface Created {
  /** Who has work now. */
  readonly agents: readonly AgentId[];
  /** When the first of the tasks wants to be looked at. */
  readonly wakeAt: number;
}

export function createUpgrades(
  ports: HubPorts,
  store: HubStore,
  onCreated: (created: Created) => void,
): CreateUpgrade {
  const { clock, ids, releases } = ports;

  async function plan(
    stores: Stores,
    member: Member,
    wish: Wish,
    upgradeId: UpgradeId,
    now: number,
  ): Promise<Plan> {
    const wanted = wish.targets.map(({ deviceId }) => deviceId);
    const { orgId } = member;
    const devices = await upgradable(stores, member, await stores.fleet.lockDevices(orgId, wanted));
    const open = await stores.upgrades.lockOpenTasks(orgId, wanted);
    return planUpgrade(wish.targets, {
      ...{ now, upgradeId, backup: wish.backup, deadline: wish.deadline ?? defaultDeadline(now) },
      devices: new Map(devices.map((device) => [device.id, device])),
      open: new Map(open.map((task) => [task.deviceId, task])),
      image: (digest) => releases.facts(digest),
      newId: () => ids.next(),
    });
  }

  async function create(stores: Stores, member: Member, wish: Wish, now: number) {
    const { orgId, actor } = member;
    const { upgrades, audit } = stores;
    const upgradeId = UpgradeId.parse(ids.next());
    const { tasks, superseded } = await plan(stores, member, wish, upgradeId, now);
    await upgrades.insertUpgrade({ orgId, id: upgradeId, actor, createdAt: now, kind: "device" });
    await upgrades.saveTasks(superseded);
    await upgrades.insertTasks(tasks);
    const entry = { orgId, at: now, actor, action: "upgrade.created", object: upgradeId };
    const after = {
      targets: tasks.map(({ id, deviceId, digest }) => ({ taskId: id, deviceId, digest })),
      backup: wish.backup,
    };
    const trail = superseded.flatMap((change) => trailOf(change.before, change.after, actor, now));
    await audit.append([{ ...entry, after }, ...trail]);
    const ready = tasks.filter(({ phase }) => phase === "ready").map(({ agentId }) => agentId);
    const wakeAt = Math.min(...tasks.map((task) => task.wakeAt ?? Number.POSITIVE_INFINITY));
    const upgrade: Upgrade = { id: upgradeId, createdAt: now, counts: countsOf(tasks) };
    return { upgrade, created: { agents: [...new Set(ready)], wakeAt } };
  }

  return async function createUpgrade(member, wish, key) {
    const now = clock.wall();
    const asked = { operation: "createUpgrade", space: member.orgId, actor: member.actor, key, wish, now };
    const { upgrade, followed } = await store.write(async (stores) => {
      const followed: Created[] = [];
      const upgrade = await once(stores, asked, async () => {
        const made = await create(stores, member, wish, now);
        followed.push(made.created);
        return made.upgrade;
      });
      return { upgrade, followed };
    });
    for (const created of followed) onCreated(created);
    return upgrade;
  };
}

/** Those that the member sees; @throws Fault when it may not upgrade one of them */
async function upgradable(
  { folders }: Stores,
  member: Member,
  devices: readonly DeviceRecord[],
): Promise<DeviceRecord[]> {
  const paths = new Map<FolderId, readonly FolderId[]>();
  for (const { folderId } of devices)
    if (!paths.has(folderId)) paths.set(folderId, await pathFor(folders, member, folderId));
  const pathOf = ({ folderId }: DeviceRecord) => paths.get(folderId) ?? [];
  const seen = devices.filter(
    (device) => may(member, "device.read", { path: pathOf(device) }).kind === "allowed",
  );
  for (const device of seen) demand(member, "device.upgrade", { path: pathOf(device) });
  return seen;
}

function countsOf(tasks: Plan["tasks"]): Upgrade["counts"] {
  const counts: Upgrade["counts"] = {};
  for (const { phase } of tasks) counts[phase] = (counts[phase] ?? 0) + 1;
  return counts;
}
