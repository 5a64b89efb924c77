import { createHash } from "node:crypto";
import { chainSource, jobIdSource, type JobEvent, type JobId, type UnhashedEvent } from "@fyr/protocol";
import type { ActName } from "./records.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export const jobIdOf = (taskId: string, epoch: number): JobId =>
  sha256(jobIdSource(taskId, epoch)).slice(0, 32) as JobId;

export const runKeyOf = (jobId: JobId, act: ActName, attempt: number): string =>
  sha256(`${jobId}/${act}/${attempt}`).slice(0, 32);

/** Closes an event: its hash covers everything in it, the hash of the event before included. */
export const hashed = (event: UnhashedEvent): JobEvent => ({ ...event, hash: sha256(chainSource(event)) });
