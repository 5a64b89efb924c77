import { INSTALL, type FaultCode } from "@fyr/protocol";
import type { TaskRecord } from "./task.ts";

/** When people are told that a server's installer takes long, and when they are asked to look. */
const STAGES = [
  { code: "SERVER_NEEDS_PERSON", afterMs: INSTALL.askPersonMs },
  { code: "SERVER_OVERDUE", afterMs: INSTALL.alertMs },
] as const;

const rank = (code: FaultCode | null): number =>
  code === "SERVER_NEEDS_PERSON" ? 2 : code === "SERVER_OVERDUE" ? 1 : 0;

/** Once asked, a person stays asked until the job ends. */
export const worse = (a: FaultCode | null, b: FaultCode): FaultCode => (rank(a) >= rank(b) ? (a ?? b) : b);

/** The hub reckons too: an agent may be silent for as long as its host installs. */
export function withAttention(task: TaskRecord, now: number): TaskRecord {
  const { unavailableSince: since } = task;
  if (since === null || task.endedAt !== null) return task;
  const due = STAGES.find(({ afterMs }) => now - since >= afterMs);
  if (!due || rank(task.attention) >= rank(due.code)) return task;
  return { ...task, attention: due.code, changedAt: now };
}

/** When the next of them is due. */
export const attentionDue = ({ unavailableSince: since, attention }: TaskRecord): number[] =>
  since === null
    ? []
    : STAGES.filter(({ code }) => rank(code) > rank(attention)).map(({ afterMs }) => since + afterMs);
