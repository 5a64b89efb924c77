import type { OrgId } from "@fyr/protocol";
import { walk, type Breach, type Head } from "../chain/chain.ts";
import type { AuditStore, ChainEnd } from "./store.ts";

/**
 * Beside what a chain itself can show:
 * - `head missing`: what is kept about the chain's end is gone;
 * - `behind the head`: an entry that the chain's end knows nothing of.
 */
type ChainBreach = Breach | "head missing" | "behind the head";

/** Where the chain of an organisation does not hold. */
export interface BrokenChain {
  readonly orgId: OrgId;
  readonly seq: number;
  readonly why: ChainBreach;
}

/** An end of a chain that was written down elsewhere, in an export. */
export interface KnownHead extends Head {
  readonly orgId: OrgId;
}

export interface CheckedChains {
  readonly chains: number;
  readonly entries: number;
  readonly broken: readonly BrokenChain[];
}

const BATCH = 1_000;

/**
 * Walks every organisation's chain, a batch at a time. What is appended meanwhile is no break: each chain is looked
 * at up to the end that it had when the look began.
 */
export async function checkChains(
  audit: Pick<AuditStore, "ends" | "links">,
  known: readonly KnownHead[] = [],
): Promise<CheckedChains> {
  const ends = await audit.ends();
  const there = new Set(ends.map(({ orgId }) => orgId));
  const broken: BrokenChain[] = known
    .filter(({ orgId }) => !there.has(orgId))
    .map(({ orgId, seq }) => ({ orgId, seq, why: "tail missing" }));
  let entries = 0;
  for (const end of ends) {
    const { orgId } = end;
    const found = await checkChain(
      audit,
      end,
      known.filter((head) => head.orgId === orgId),
    );
    entries += found.links;
    broken.push(...found.breaks.map((each) => ({ orgId, ...each })));
  }
  return { chains: ends.length, entries, broken };
}

type Found = Omit<BrokenChain, "orgId">;

async function checkChain(
  audit: Pick<AuditStore, "links">,
  { orgId, head, last }: ChainEnd,
  known: readonly Head[],
): Promise<{ links: number; breaks: readonly Found[] }> {
  // An organisation has an entry from its first day on, that of its making.
  const end: Found[] = head ? [] : [{ seq: last, why: "head missing" }];
  if (head && last > head.seq) end.push({ seq: head.seq + 1, why: "behind the head" });
  const walked = walk({ known: [...(head ? [head] : []), ...known] });
  const upTo = Math.min(head?.seq ?? last, last);
  let width = BATCH;
  for (let from = 1; from <= upTo;) {
    const to = Math.min(from + width - 1, upTo);
    const links = await audit.links(orgId, from, to);
    for (const link of links) walked.take(link);
    from = to + 1;
    // Whoever altered a number has not made the way to it longer.
    width = links.length > 0 ? BATCH : width * 2;
  }
  const { links, breaks } = walked.end();
  return { links, breaks: [...breaks, ...end] };
}
