import type { Jobs } from "../ports.ts";
import type { ServerJobs } from "./jobs.ts";

/**
 * The jobs of a site and of the server on its host, as one to the link. A grant says what it is for; everything else
 * goes by the ids of jobs and tasks, which neither side confuses.
 */
export function bothJobs(devices: Jobs, servers: ServerJobs): Jobs {
  return {
    accept: (grant) => (grant.kind === "server" ? servers : devices).accept(grant),
    command: (command) =>
      (command.kind === "restore" || servers.knows(command.taskId) ? servers : devices).command(command),
    fence(taskId, currentEpoch) {
      devices.fence(taskId, currentEpoch);
      servers.fence(taskId, currentEpoch);
    },
    acknowledged(acks) {
      devices.acknowledged(acks);
      servers.acknowledged(acks);
    },
    outbox(limit) {
      const own = servers.outbox(limit);
      return [...own, ...devices.outbox(limit - own.length)];
    },
    standings: () => [...servers.standings(), ...devices.standings()],
    progress: () => [...servers.progress(), ...devices.progress()],
    commandAcks: () => [...servers.commandAcks(), ...devices.commandAcks()],
    commandAcksStored(ids) {
      devices.commandAcksStored(ids);
      servers.commandAcksStored(ids);
    },
    freeSlots: () => Math.max(devices.freeSlots(), servers.freeSlots()),
    onNews(listener) {
      const cancels = [devices.onNews(listener), servers.onNews(listener)];
      return () => cancels.forEach((cancel) => cancel());
    },
    onProgress(listener) {
      const cancels = [devices.onProgress(listener), servers.onProgress(listener)];
      return () => cancels.forEach((cancel) => cancel());
    },
  };
}
