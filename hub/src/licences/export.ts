import type { LicenceExportHeader, OrgId } from "@fyr/protocol";
import { START, type Head } from "../chain/chain.ts";
import { csvLines, CSV_MARK } from "../exports/csv.ts";
import { signedLines, type ExportSigner } from "../exports/signed-lines.ts";
import type { ExportedFile } from "../ports.ts";
import type { LedgerStore, Posted } from "./store.ts";
import { licencesText } from "./ticks.ts";
import { showRecord } from "./view.ts";

/** Records that are in memory at once. */
const BATCH = 500;

async function* batches(licences: LedgerStore, orgId: OrgId, head: Head): AsyncGenerator<Posted[]> {
  for (let after = 0; after < head.seq;) {
    const found = await licences.journal(orgId, { after: String(after), limit: BATCH });
    const batch = found.slice(0, BATCH).filter(({ seq }) => seq <= head.seq);
    if (batch.length > 0) yield batch;
    after = batch.at(-1)?.seq ?? head.seq;
  }
}

const COLUMNS = [
  ...["seq", "on", "at", "actor", "type", "product", "year", "account", "commodity", "licences", "ticks"],
  ...["lot", "arithmetic", "reason", "transfer", "record", "hash"],
];

/** One line for each posting, so that a spreadsheet can sum them. */
const linesOf = (posted: Posted): (string | number)[][] => {
  const { facts } = posted;
  const head = [
    posted.seq,
    posted.effectiveOn,
    new Date(posted.recordedAt).toISOString(),
    posted.actor,
    posted.type,
  ];
  const tail = [
    facts.arithmetic ?? "",
    facts.reason ?? "",
    facts.transfer?.number ?? "",
    posted.id,
    posted.hash,
  ];
  const entries = posted.entries.length > 0 ? posted.entries : [{ account: "", commodity: "", ticks: 0 }];
  return entries.map(({ account, commodity, ticks, lot = "" }) => [
    ...head,
    ...[facts.product ?? "", facts.year ?? "", account, commodity, licencesText(ticks), ticks, lot],
    ...tail,
  ]);
};

async function* csv(licences: LedgerStore, orgId: OrgId, head: Head): AsyncGenerator<string> {
  yield CSV_MARK + csvLines([COLUMNS]);
  for await (const batch of batches(licences, orgId, head)) yield csvLines(batch.flatMap(linesOf));
}

async function* shown(licences: LedgerStore, orgId: OrgId, head: Head) {
  for await (const batch of batches(licences, orgId, head)) yield batch.map(showRecord);
}

/** The whole history as a file (L-80): CSV for spreadsheets, signed JSON for evidence; without a limit of time. */
export async function exportHistory(
  licences: LedgerStore,
  signer: ExportSigner,
  wanted: { readonly orgId: OrgId; readonly at: number; readonly format: "csv" | "json" },
): Promise<ExportedFile> {
  const { orgId, at, format } = wanted;
  const [last] = await licences.history(orgId, {}, { limit: 1 });
  const head: Head = last ? { seq: last.seq, hash: last.hash } : START;
  const name = `licences-${orgId}-${head.seq}`;
  if (format === "csv") {
    return { name: `${name}.csv`, type: "text/csv; charset=utf-8", text: csv(licences, orgId, head) };
  }
  const header: LicenceExportHeader = {
    ...{ format: "fyr-licences/1", orgId, exportedAt: at },
    ...{ head: { seq: head.seq, hash: head.hash }, keyid: signer.keyid },
  };
  return {
    name: `${name}.jsonl`,
    type: "application/jsonl",
    text: signedLines(signer, header, shown(licences, orgId, head)),
  };
}
