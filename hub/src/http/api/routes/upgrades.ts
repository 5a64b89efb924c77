import { NewUpgrade, page, PageQuery, Task, TASK_PHASES, TaskId, Upgrade, UpgradeId } from "@fyr/protocol";
import { z } from "zod";
import { route } from "../route.ts";
import { known, OrgParams } from "./organisations.ts";

const TaskParams = OrgParams.extend({ taskId: TaskId });

export const upgrades = [
  route({
    name: "listUpgrades",
    method: "GET",
    path: "/orgs/:orgId/upgrades",
    who: "operator",
    summary: "The upgrades of an organisation",
    params: OrgParams,
    query: PageQuery,
    answer: page(Upgrade),
    run: async ({ services }, { params, query }) =>
      services.upgrades(await known(services, params.orgId), query),
  }),
  route({
    name: "createUpgrade",
    method: "POST",
    path: "/orgs/:orgId/upgrades",
    who: "operator",
    summary: "Upgrade devices, all of them or none; repeat safely with the same Idempotency-Key",
    params: OrgParams,
    body: NewUpgrade,
    repeatable: true,
    status: 201,
    answer: Upgrade,
    run: ({ services }, { actor, params, body, idempotencyKey }) =>
      services.createUpgrade(actor, params.orgId, body, idempotencyKey),
  }),
  route({
    name: "getUpgrade",
    method: "GET",
    path: "/orgs/:orgId/upgrades/:upgradeId",
    who: "operator",
    summary: "One upgrade with its tasks by phase",
    params: OrgParams.extend({ upgradeId: UpgradeId }),
    answer: Upgrade,
    run: ({ services }, { params }) => services.upgrade(params.orgId, params.upgradeId),
  }),
  route({
    name: "listTasks",
    method: "GET",
    path: "/orgs/:orgId/tasks",
    who: "operator",
    summary: "Tasks, of one upgrade or in one phase when asked",
    params: OrgParams,
    query: PageQuery.extend({ upgradeId: UpgradeId.optional(), phase: z.enum(TASK_PHASES).optional() }),
    answer: page(Task),
    run: async ({ services }, { params, query: { upgradeId, phase, ...wish } }) =>
      services.tasks(await known(services, params.orgId), { upgradeId, phase }, wish),
  }),
  route({
    name: "getTask",
    method: "GET",
    path: "/orgs/:orgId/tasks/:taskId",
    who: "operator",
    summary: "One device's part of an upgrade",
    params: TaskParams,
    answer: Task,
    run: ({ services }, { params }) => services.task(params.orgId, params.taskId),
  }),
  route({
    name: "cancelTask",
    method: "POST",
    path: "/orgs/:orgId/tasks/:taskId/cancel",
    who: "operator",
    summary: "Cancel a task, as long as its device was not touched",
    params: TaskParams,
    answer: Task,
    run: ({ services }, { actor, params }) => services.cancelTask(actor, params.orgId, params.taskId),
  }),
];
