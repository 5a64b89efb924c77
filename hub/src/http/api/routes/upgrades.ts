import { NewUpgrade, page, PageQuery, Task, TASK_PHASES, TaskId, Upgrade, UpgradeId } from "@fyr/protocol";
import { z } from "zod";
import { memberRoute } from "../route.ts";
import { OrgParams } from "./params.ts";

const TaskParams = OrgParams.extend({ taskId: TaskId });

export const upgrades = [
  memberRoute({
    name: "listUpgrades",
    method: "GET",
    path: "/orgs/:orgId/upgrades",
    action: "task.read",
    summary: "The upgrades of an organisation",
    params: OrgParams,
    query: PageQuery,
    answer: page(Upgrade),
    run: ({ services }, { member, query }) => services.upgrades(member, query),
  }),
  memberRoute({
    name: "createUpgrade",
    method: "POST",
    path: "/orgs/:orgId/upgrades",
    action: "device.upgrade",
    summary: "Upgrade devices, all of them or none; repeat safely with the same Idempotency-Key",
    params: OrgParams,
    body: NewUpgrade,
    repeatable: true,
    status: 201,
    answer: Upgrade,
    run: ({ services }, { member, body, idempotencyKey }) =>
      services.createUpgrade(member, body, idempotencyKey),
  }),
  memberRoute({
    name: "getUpgrade",
    method: "GET",
    path: "/orgs/:orgId/upgrades/:upgradeId",
    action: "task.read",
    summary: "One upgrade with its tasks by phase",
    params: OrgParams.extend({ upgradeId: UpgradeId }),
    answer: Upgrade,
    run: ({ services }, { member, params }) => services.upgrade(member, params.upgradeId),
  }),
  memberRoute({
    name: "listTasks",
    method: "GET",
    path: "/orgs/:orgId/tasks",
    action: "task.read",
    summary: "Tasks, of one upgrade or in one phase when asked",
    params: OrgParams,
    query: PageQuery.extend({ upgradeId: UpgradeId.optional(), phase: z.enum(TASK_PHASES).optional() }),
    answer: page(Task),
    run: ({ services }, { member, query: { upgradeId, phase, ...wish } }) =>
      services.tasks(member, { upgradeId, phase }, wish),
  }),
  memberRoute({
    name: "getTask",
    method: "GET",
    path: "/orgs/:orgId/tasks/:taskId",
    action: "task.read",
    summary: "One device's part of an upgrade",
    params: TaskParams,
    answer: Task,
    run: ({ services }, { member, params }) => services.task(member, params.taskId),
  }),
  memberRoute({
    name: "cancelTask",
    method: "POST",
    path: "/orgs/:orgId/tasks/:taskId/cancel",
    action: "task.cancel",
    summary: "Cancel a task, as long as its device was not touched",
    params: TaskParams,
    answer: Task,
    run: ({ services }, { member, params }) => services.cancelTask(member, params.taskId),
  }),
];
