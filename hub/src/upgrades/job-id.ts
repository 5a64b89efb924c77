import { createHash } from "node:crypto";
import { jobIdSource, type JobId, type TaskId } from "@fyr/protocol";

/** The job of one grant, as the agent names it too. */
export const jobIdOf = (taskId: TaskId, epoch: number): JobId =>
  createHash("sha256").update(jobIdSource(taskId, epoch)).digest("hex").slice(0, 32) as JobId;
