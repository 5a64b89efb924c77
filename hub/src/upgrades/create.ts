import { createHash } from "node:crypto";
import {
  canonicalJson,
  Fault,
  may,
  UpgradeId,
  type AgentId,
  type FolderId,
  type OrgId,
  type Upgrade,
} from "@fyr/protocol";
import { demand, type Member } from "../access/member.ts";
import { pathFor } from "../access/place.ts";
import type { DeviceRecord } from "../fleet/store.ts";
import type { HubPorts, Services } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { defaultDeadline, planUpgrade, type Plan } from "./plan.ts";
import { TIMES } from "./task.ts";
import { trailOf } from "./trail.ts";

type CreateUpgrade = Services["createUpgrade"];
type Wish = Parameters<CreateUpgrade>[1];

const hashOf = (wish: Wish): string => createHash("sha256").update(canonicalJson(wish)).digest("hex");

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

  return async function createUpgrade(member, wish, idempotencyKey) {
    const { orgId, actor } = member;
    const bodyHash = hashOf(wish);
    const now = clock.wall();
    const { upgrade, created } = await store.write(async (stores) => {
      const kept =
        idempotencyKey === undefined ? null : await take(stores, orgId, idempotencyKey, bodyHash, now);
      if (kept) return { upgrade: kept, created: null };
      const { upgrades, audit, idempotency } = stores;
      const upgradeId = UpgradeId.parse(ids.next());
      const { tasks, superseded } = await plan(stores, member, wish, upgradeId, now);
      await upgrades.insertUpgrade({ orgId, id: upgradeId, actor, createdAt: now });
      await upgrades.saveTasks(superseded);
      await upgrades.insertTasks(tasks);
      const entry = { orgId, at: now, actor, action: "upgrade.created", object: upgradeId };
      const after = {
        targets: tasks.map(({ id, deviceId, digest }) => ({ taskId: id, deviceId, digest })),
        backup: wish.backup,
      };
      const trail = superseded.flatMap((change) => trailOf(change.before, change.after, actor, now));
      await audit.append([{ ...entry, after }, ...trail]);
      const made = { id: upgradeId, createdAt: now, counts: countsOf(tasks) };
      if (idempotencyKey !== undefined) await idempotency.answer(orgId, idempotencyKey, JSON.stringify(made));
      const ready = tasks.filter(({ phase }) => phase === "ready").map(({ agentId }) => agentId);
      const wakeAt = Math.min(...tasks.map((task) => task.wakeAt ?? Number.POSITIVE_INFINITY));
      return { upgrade: made, created: { agents: [...new Set(ready)], wakeAt } };
    });
    if (created) onCreated(created);
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

/** What was answered to this key before; null when it is new. */
async function take(
  { idempotency }: Stores,
  orgId: OrgId,
  key: string,
  bodyHash: string,
  now: number,
): Promise<Upgrade | null> {
  const kept = await idempotency.take(orgId, key, bodyHash, { now, since: now - TIMES.idempotencyMs });
  if (kept === null) return null;
  if (kept.bodyHash !== bodyHash) throw new Fault("IDEMPOTENCY_MISMATCH");
  return JSON.parse(kept.answer) as Upgrade;
}

function countsOf(tasks: Plan["tasks"]): Upgrade["counts"] {
  const counts: Upgrade["counts"] = {};
  for (const { phase } of tasks) counts[phase] = (counts[phase] ?? 0) + 1;
  return counts;
}
