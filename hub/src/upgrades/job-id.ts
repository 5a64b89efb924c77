import { hash } from "node:crypto";
import { jobIdSource, type JobId, type TaskId } from "@fyr/protocol";

/** The job of one grant, as the agent names it too. */
export const jobIdOf = (taskId: TaskId, epoch: number): JobId =>
  hash("sha256", jobIdSource(taskId, epoch)).slice(0, 32) as JobId;
