import { INSTALL, SERVER_SHOWN, type ServerState } from "@fyr/protocol";
import type { TaskRecord } from "../upgrades/task.ts";
import type { ServerRecord } from "./server.ts";

/** What decides how a server is shown, beside the clock. */
export interface StateFacts {
  readonly server: Pick<ServerRecord, "standing" | "reportedAt">;
  /** Its task that has not ended; null when there is none. */
  readonly task: TaskRecord | null;
  /** Since when its agent is not heard of; null while it is. */
  readonly silentSince: number | null;
}

/**
 * How a server stands. What may be installing is never called offline or down, whoever is silent for however long: when
 * its time is over a person is asked, and it stays "upgrading" until its task ends.
 */
export function stateOf({ server, task, silentSince }: StateFacts, now: number): ServerState {
  const since = upgradingSince(task, silentSince) ?? reportedUpgrade(server);
  if (since !== null) {
    const reported = server.standing.kind === "upgrading" ? server.standing : null;
    const asked = task?.attention === "SERVER_NEEDS_PERSON" || (reported?.attention ?? false);
    const until = reported?.until ?? since + INSTALL.usualMs;
    return {
      kind: "upgrading",
      until: until > now ? until : null,
      attention: asked || now - since >= INSTALL.askPersonMs,
    };
  }
  if (silentSince !== null) return { kind: "offline", since: silentSince };
  return server.standing.kind === "upgrading" ? { kind: "unknown" } : server.standing;
}

/**
 * Since when an upgrade keeps the server from being used, by its task: an installer that was started, or an agent that
 * fell silent with a task in its hands, of which nobody knows whether it started one.
 */
function upgradingSince(task: TaskRecord | null, silentSince: number | null): number | null {
  if (task?.unavailableSince) return task.unavailableSince;
  if (!task?.jobOpen) return null;
  const shown = task.jobState === null ? null : SERVER_SHOWN[task.jobState];
  if (shown?.unavailable) return task.changedAt;
  return silentSince;
}

/** By the server's own word, which a hub that was restored from a backup knows before it knows of any task. */
const reportedUpgrade = ({ standing, reportedAt }: StateFacts["server"]): number | null =>
  standing.kind === "upgrading" ? reportedAt : null;
