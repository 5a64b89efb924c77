import type { SyncRequest, SyncResponse } from "@fyr/protocol";
import type { Inventory, Jobs, ServerReports } from "../ports.ts";

export interface Applied {
  /** More waits at one of the ends: sync again at once. */
  readonly again: boolean;
  readonly wantInventory: boolean;
}

/**
 * Makes durable what an answer says; returns when it is. A failure in the middle leaves the request unanswered:
 * repeated, it brings the same bytes, and everything here may happen twice.
 */
export function applyAnswer(
  request: SyncRequest,
  answer: SyncResponse | null,
  jobs: Jobs,
  inventory: Inventory,
  reports?: Pick<ServerReports, "acknowledged" | "wanted">,
): Applied {
  if (answer) applyWork(answer, jobs);
  if (request.commandAcks.length > 0) jobs.commandAcksStored(request.commandAcks);
  const wantServers = reports ? applyReports(request, answer, reports) : false;
  const wantInventory = answer?.wantInventory ?? false;
  if (!wantInventory) inventory.acknowledged(request.inventoryHash);
  const alreadySent = request.inventory?.whole ?? false;
  return {
    again: wantServers || brought(answer) || rest(request, answer, jobs) || (wantInventory && !alreadySent),
    wantInventory,
  };
}

/** @returns whether everything about the host's server is to be told at once */
function applyReports(
  request: SyncRequest,
  answer: SyncResponse | null,
  reports: Pick<ServerReports, "acknowledged" | "wanted">,
): boolean {
  if (request.servers) reports.acknowledged(request.servers);
  // Asked for again although it was just told: the next report that is due will do.
  const isWanted = answer?.wantServers === true && !request.servers;
  if (isWanted) reports.wanted();
  return isWanted;
}

function applyWork(answer: SyncResponse, jobs: Jobs): void {
  if (answer.acks.length > 0) jobs.acknowledged(answer.acks);
  for (const grant of answer.grants) jobs.accept(grant);
  for (const command of answer.commands) jobs.command(command);
  for (const { taskId, currentEpoch } of answer.fenced) jobs.fence(taskId, currentEpoch);
}

const brought = (answer: SyncResponse | null): boolean =>
  answer !== null && answer.grants.length + answer.commands.length + answer.fenced.length > 0;

/** Events are left, and the hub took some of these: a hub that acknowledges nothing is not asked faster. */
const rest = (request: SyncRequest, answer: SyncResponse | null, jobs: Jobs): boolean =>
  request.events.length > 0 && (answer?.acks.length ?? 0) > 0 && jobs.outbox(1).length > 0;
