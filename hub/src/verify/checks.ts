import { checkChains, type KnownHead } from "../audit/check-chains.ts";
import { checkLedgers } from "../licences/check-ledgers.ts";
import type { Stores } from "../store/store.ts";

/** One thing that has to hold of everything that a hub keeps. It looks and changes nothing. */
export interface StoreCheck {
  readonly name: string;
  run(read: Stores, known: Known): Promise<Checked>;
}

/** What is known from outside the database. */
export interface Known {
  /** Ends of audit chains, out of exports. */
  readonly auditHeads: readonly KnownHead[];
}

export interface Checked {
  /** How much was looked at, for people. */
  readonly looked: string;
  readonly findings: readonly Finding[];
}

/** One place at which something does not hold. */
export interface Finding {
  readonly where: string;
  /** Number of the entry, where there are such. */
  readonly seq: number | null;
  readonly what: string;
}

const auditChains: StoreCheck = {
  name: "audit",
  async run({ audit }, { auditHeads }) {
    const { chains, entries, broken } = await checkChains(audit, auditHeads);
    return {
      looked: `${entries} entries in ${chains} chains`,
      findings: broken.map(({ orgId, seq, why }) => ({ where: `organisation ${orgId}`, seq, what: why })),
    };
  },
};

const ledgers: StoreCheck = {
  name: "licences",
  async run({ licences }) {
    const { ledgers, records, broken } = await checkLedgers(licences);
    const findings = broken.map(({ orgId, seq, what }) => ({
      ...{ where: orgId === null ? "hub" : `organisation ${orgId}`, seq, what },
    }));
    return { looked: `${records} records in ${ledgers} ledgers`, findings };
  },
};

/** Every check that `hub verify` runs. A capability that keeps something to be recounted adds its own. */
export const CHECKS: readonly StoreCheck[] = [auditChains, ledgers];

export interface Verified extends Checked {
  readonly name: string;
}

export async function verifyStore(
  read: Stores,
  known: Known,
  checks: readonly StoreCheck[] = CHECKS,
): Promise<Verified[]> {
  const verified: Verified[] = [];
  for (const { name, run } of checks) verified.push({ name, ...(await run(read, known)) });
  return verified;
}
