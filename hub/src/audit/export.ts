import type { AuditEntry, AuditExportHeader, OrgId } from "@fyr/protocol";
import { csvLines, CSV_MARK } from "../exports/csv.ts";
import { signedLines, type ExportSigner } from "../exports/signed-lines.ts";
import type { Head } from "../chain/chain.ts";
import type { AuditFilter, AuditStore, Whose } from "./store.ts";

/** Entries that are in memory at once. */
export const BATCH = 500;

/** What is exported: the entries up to the end of the chain at that moment, as far as they are wanted. */
export interface AuditExport {
  readonly orgId: OrgId;
  readonly filter: AuditFilter;
  readonly whose: Whose;
  readonly head: Head;
  readonly at: number;
}

/** Oldest first, a batch at a time: the next one is read when the one before is gone. */
async function* batches(
  audit: AuditStore,
  { orgId, filter, whose, head }: AuditExport,
): AsyncGenerator<AuditEntry[]> {
  for (let after = 0; ;) {
    const wish = { ...filter, order: "oldest", after: String(after), limit: BATCH } as const;
    const found = await audit.page(orgId, wish, whose);
    const batch = found.slice(0, BATCH).filter(({ seq }) => seq <= head.seq);
    if (batch.length > 0) yield batch;
    const last = batch.at(-1);
    if (!last || found.length <= BATCH) return;
    after = last.seq;
  }
}

const COLUMNS = ["seq", "at", "actor", "action", "object", "before", "after", "previous", "hash"] as const;

const cellsOf = ({ seq, at, actor, action, object, before, after, previous, hash }: AuditEntry) => [
  ...[seq, new Date(at).toISOString(), actor, action, object],
  ...[JSON.stringify(before), JSON.stringify(after), previous, hash],
];

/** For spreadsheets: times in UTC as ISO 8601, what was changed as JSON. */
export async function* auditCsv(audit: AuditStore, wanted: AuditExport): AsyncGenerator<string> {
  yield CSV_MARK + csvLines([COLUMNS]);
  for await (const batch of batches(audit, wanted)) yield csvLines(batch.map(cellsOf));
}

/** For evidence: every entry with its links, and the hub's signature over the whole. */
export function auditJson(
  audit: AuditStore,
  signer: ExportSigner,
  wanted: AuditExport,
): AsyncGenerator<string> {
  const { orgId, at, head, filter, whose } = wanted;
  const { seq, hash } = head;
  const header: AuditExportHeader = {
    format: "fyr-audit/1",
    orgId,
    exportedAt: at,
    head: { seq, hash },
    filter,
    onlyActor: whose === "everybody" ? null : whose.actor,
    keyid: signer.keyid,
  };
  return signedLines(signer, header, batches(audit, wanted));
}
