import type { JobEvent } from "@fyr/protocol";
import type { EventRecord } from "../fleet/sync/store.ts";
import type { Row } from "./schema.ts";

/** Most of what the hub writes are events, so what stands in columns is not written again in the body. */
export function fromEvent({ orgId, event, late, receivedAt }: EventRecord): Row<"events"> {
  const { jobId, seq, taskId, epoch, ...body } = event;
  return {
    org_id: orgId,
    job_id: jobId,
    seq,
    task_id: taskId,
    epoch,
    late: late ? 1 : 0,
    received_at: receivedAt,
    body: JSON.stringify(body),
  };
}

export const toEvent = ({
  job_id: jobId,
  seq,
  task_id: taskId,
  epoch,
  body,
}: Pick<Row<"events">, "job_id" | "seq" | "task_id" | "epoch" | "body">): JobEvent =>
  ({ ...(JSON.parse(body) as object), jobId, seq, taskId, epoch }) as JobEvent;
