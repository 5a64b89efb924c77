import type {
  AgentId,
  Command,
  DeviceId,
  HoldReason,
  OrgId,
  ServerId,
  Reach,
  TaskId,
  TaskPhase,
  Upgrade,
  UpgradeId,
} from "@fyr/protocol";
import type { Actor, PageWish } from "../ports.ts";
import type { TaskRecord } from "./task.ts";

export interface UpgradeRecord {
  /** What it upgrades. */
  readonly kind: "device" | "server";
  readonly orgId: OrgId;
  readonly id: UpgradeId;
  readonly actor: Actor;
  readonly createdAt: number;
}

export interface CommandRecord extends Command {
  readonly orgId: OrgId;
  readonly agentId: AgentId;
  readonly createdAt: number;
}

/** What the scheduler needs to know of the world to judge a task. */
export interface DueTask {
  readonly task: TaskRecord;
  /** The version that the device last reported; null when it is not known any more. */
  readonly deviceVersion: string | null;
}

export interface TaskFilter {
  readonly upgradeId?: UpgradeId | undefined;
  readonly phase?: TaskPhase | undefined;
}

export interface UpgradeStore {
  insertUpgrade(upgrade: UpgradeRecord): Promise<void>;
  /** Of devices, with the tasks by phase of those within `reach`; null when there are none of them. */
  upgrade(orgId: OrgId, reach: Reach, upgradeId: UpgradeId): Promise<Upgrade | null>;
  /** Those of devices with tasks within `reach`, by id, oldest first; one more than wished when there are more. */
  upgrades(orgId: OrgId, reach: Reach, wish: PageWish): Promise<Upgrade[]>;

  /** Counts them too. */
  insertTasks(tasks: readonly TaskRecord[]): Promise<void>;
  /**
   * Writes what changed, each to the version after the one it was read at, moves the counters, and takes back commands
   * to jobs that are over.
   *
   * @throws Collision when somebody else changed one of them meanwhile: nothing may be kept then
   */
  saveTasks(changes: readonly { before: TaskRecord; after: TaskRecord }[]): Promise<void>;
  task(orgId: OrgId, taskId: TaskId): Promise<TaskRecord | null>;
  /** Who asked for it. */
  actorOf(orgId: OrgId, upgradeId: UpgradeId): Promise<Actor | null>;
  /** Of one server, newest first; one more than wished when there are more. */
  serverTasks(orgId: OrgId, wish: PageWish & { serverId: ServerId }): Promise<TaskRecord[]>;
  /** When a restore was asked for, of those tasks for which one was. */
  restoresOf(orgId: OrgId, tasks: readonly TaskId[]): Promise<ReadonlyMap<TaskId, number>>;
  /** Tasks of these servers that have not ended. */
  openServerTasks(orgId: OrgId, servers: readonly ServerId[]): Promise<TaskRecord[]>;
  /** Locked until the transaction ends. */
  lockTask(orgId: OrgId, taskId: TaskId): Promise<TaskRecord | null>;
  /** Of devices within `reach`, by id, oldest first; one more than wished when there are more. */
  tasks(orgId: OrgId, reach: Reach, filter: TaskFilter, wish: PageWish): Promise<TaskRecord[]>;
  /** Tasks of these devices and servers that have not ended, locked. */
  lockOpenTasks(orgId: OrgId, targets: readonly (DeviceId | ServerId)[]): Promise<TaskRecord[]>;

  /** Tasks whose time to be looked at has come, over all organisations; locked, those of other schedulers skipped. */
  due(now: number, limit: number): Promise<DueTask[]>;
  /** When the next task is due; null when none waits. */
  nextDue(): Promise<number | null>;
  /** Pending tasks with this hold, over all organisations; locked, those of other schedulers skipped. */
  heldBy(reason: HoldReason, limit: number): Promise<TaskRecord[]>;

  insertCommands(commands: readonly CommandRecord[]): Promise<void>;
}

export interface ImageStore {
  /** False when it was noted before. */
  noteImport(digest: string, at: number): Promise<boolean>;
  importedAt(digests: readonly string[]): Promise<ReadonlyMap<string, number>>;
}
