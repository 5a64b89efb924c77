import type { AgentId, TaskId } from "@fyr/protocol";
import type { Change } from "../../audit/store.ts";
import type { TaskRecord } from "../../upgrades/task.ts";
import { draftOver, type Draft, type Written } from "./draft.ts";
import { newLayer } from "./layer.ts";
import type { RecordedDevices, SyncChanges, SyncWorld } from "./store.ts";

/** Several syncs over one reading of the store. */
export interface Workspace {
  /** Null when the hub has no link of this agent. */
  draft(agentId: AgentId): Draft | null;
  /** From now on, what this draft changed is what the next ones see. */
  keep(draft: Draft): void;
  /** What all kept drafts come to. */
  changes(now: number): SyncChanges & { readonly audit: readonly Change[] };
}

const newWritten = (): Written => ({
  layer: newLayer(),
  events: [],
  acked: [],
  proved: [],
  audit: [],
  recorded: [],
});

export function workspace(world: SyncWorld): Workspace {
  const ground = newLayer();
  for (const link of world.links) ground.links.set(link.agentId, link);
  for (const task of world.tasks) ground.setTask(task);
  for (const device of world.devices) ground.setDevice(device);
  for (const server of world.servers) ground.setServer(server);
  for (const { uid, orgId } of world.serverOwners) ground.setOwner(uid, orgId);
  const recorded = new Map(world.recorded.map((one) => [`${one.orgId} ${one.serial}`, one.folderId]));
  /** What a server says that it records counts for the agents that come after it in the batch. */
  function noteRecorded({ orgId, serverId, serials }: RecordedDevices): void {
    const server = [...ground.servers()].find(({ id }) => id === serverId);
    if (server?.state !== "registered") return;
    for (const key of serials.map((serial) => `${orgId} ${serial}`))
      if (!recorded.has(key)) recorded.set(key, server.folderId);
  }

  const original = new Map<TaskId, TaskRecord>(world.tasks.map((task) => [task.id, task]));
  const buffered = Map.groupBy(world.buffered, ({ jobId }) => jobId);
  const total = newWritten();
  const view = {
    layer: ground,
    buffered: (jobId: string) => [
      ...(buffered.get(jobId as never)?.map(({ event }) => event) ?? []),
      ...total.events.filter(({ event, late }) => !late && event.jobId === jobId).map(({ event }) => event),
    ],
    commands: (agentId: AgentId) =>
      world.commands.filter((command) => command.agentId === agentId && !total.acked.includes(command)),
    recordedIn: (orgId: string, serial: string) => recorded.get(`${orgId} ${serial}`),
  };
  return {
    draft(agentId) {
      const link = ground.links.get(agentId);
      return link ? draftOver(view, link, newWritten()) : null;
    },
    keep({ written }) {
      for (const into of [ground, total.layer]) {
        for (const [agentId, link] of written.layer.links) into.links.set(agentId, link);
        for (const task of written.layer.tasks()) into.setTask(task);
        for (const device of written.layer.devices()) into.setDevice(device);
        for (const server of written.layer.servers()) into.setServer(server);
      }
      total.events.push(...written.events);
      total.acked.push(...written.acked);
      total.proved.push(...written.proved);
      total.recorded.push(...written.recorded);
      for (const one of written.recorded) noteRecorded(one);
      total.audit.push(...written.audit);
    },
    changes: (now) => ({
      links: [...total.layer.links.values()],
      tasks: [...total.layer.tasks()].flatMap((after) => {
        const before = original.get(after.id);
        return before ? [{ before, after }] : [];
      }),
      events: total.events,
      ackedCommands: total.acked,
      proved: total.proved,
      devices: [...total.layer.devices()],
      servers: [...total.layer.servers()],
      recorded: total.recorded,
      audit: total.audit,
      now,
    }),
  };
}
