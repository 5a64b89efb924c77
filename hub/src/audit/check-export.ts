import { AuditEntry, AuditExportHeader } from "@fyr/protocol";
import { breaksOf, walk, type Break, type Head } from "../chain/chain.ts";
import { checkSignedLines, type ExportKey, type SealBreach } from "../exports/signed-lines.ts";
import { linkOf } from "./chain.ts";

/** What a signed export of the audit turned out to be. */
export interface CheckedExport {
  /** Null when the first line is no header of an audit export. */
  readonly header: AuditExportHeader | null;
  readonly entries: number;
  /** Why the hub's signature does not cover the file; null when it does. */
  readonly seal: SealBreach | null;
  /** Where the entries are not what the hub wrote, by sequence. */
  readonly breaks: readonly Break[];
  /** Lines that are no entries of an audit, the first one being 1. */
  readonly strange: readonly number[];
}

export const isSound = ({ header, seal, breaks, strange }: CheckedExport): boolean =>
  header !== null && seal === null && breaks.length === 0 && strange.length === 0;

const MOST_STRANGE = 100;

/**
 * Reads a signed export to its end: any byte that was altered, any entry that was taken out, a missing tail. Memory
 * does not grow with the file.
 */
export async function checkAuditExport(
  key: ExportKey,
  bytes: AsyncIterable<Uint8Array>,
): Promise<CheckedExport> {
  let header: AuditExportHeader | null = null;
  let entries: Entries | null = null;
  const strange: number[] = [];
  const seal = await checkSignedLines(key, bytes, (line, at) => {
    if (at === 1) {
      header = read(AuditExportHeader, line);
      entries = header && (isWhole(header) ? wholeChain(header.head) : chosenEntries(header.head));
      return;
    }
    const entry = read(AuditEntry, line);
    if (entry) entries?.take(entry);
    else if (strange.length < MOST_STRANGE) strange.push(at);
  });
  const { count = 0, breaks = [] } = (entries as Entries | null)?.end() ?? {};
  return { header, entries: count, seal, breaks, strange };
}

const isWhole = ({ filter, onlyActor }: AuditExportHeader): boolean =>
  onlyActor === null && Object.values(filter).every((wish) => wish === undefined);

interface Entries {
  take(entry: AuditEntry): void;
  end(): { readonly count: number; readonly breaks: readonly Break[] };
}

/** From the first entry to the head. */
function wholeChain(head: Head): Entries {
  const walked = walk({ known: [head] });
  return {
    take: (entry) => walked.take(linkOf(entry)),
    end() {
      const { links, breaks } = walked.end();
      return { count: links, breaks };
    },
  };
}

/** Some entries of a chain: each has to be whole in itself and to come after the one before. */
function chosenEntries(head: Head): Entries {
  let [count, before] = [0, 0];
  const breaks: Break[] = [];
  return {
    take(entry) {
      const { seq, previous } = entry;
      count++;
      if (seq <= before || seq > head.seq) breaks.push({ seq, why: "reordered" });
      else breaks.push(...breaksOf([linkOf(entry)], { start: { seq: seq - 1, hash: previous } }));
      before = seq;
    },
    end: () => ({ count, breaks }),
  };
}

interface Schema<T> {
  safeParse(value: unknown): { data?: T | undefined };
}

function read<T>(schema: Schema<T>, line: string): T | null {
  try {
    return schema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
