/** Kinds of licences; each is its own commodity (licensing.md 2.1). */
export const LICENCE_KINDS = ["subscription", "extension", "upgrade", "preloaded"] as const;
export type LicenceKind = (typeof LICENCE_KINDS)[number];

/** What is counted: a product, a type of licence in it, and a kind. Never added to another. */
export interface Commodity {
  readonly product: string;
  readonly type: string;
  readonly kind: LicenceKind;
}

/** How a ledger writes a commodity: `VMS/CORE/subscription`. */
export const commodityName = ({ product, type, kind }: Commodity): string => `${product}/${type}/${kind}`;

export function commodityOf(name: string): Commodity {
  const [product = "", type = "", kind = ""] = name.split("/");
  return { product, type, kind: kind as LicenceKind };
}

/** Turns one licence of `from` into one of `to`, once (L-65). */
export interface UpgradePath {
  /** The type under which its licences are counted, kind `upgrade`. */
  readonly type: string;
  readonly from: Commodity;
  readonly to: Commodity;
}

/** Software that can be licensed, with the rules that a supplier may set for it. */
export interface Product {
  readonly code: string;
  readonly name: { readonly en: string; readonly fr: string };
  readonly types: readonly string[];
  /** Spare seats of the one type may stand in for the others, never the other way (L-32). */
  readonly substitutes: Readonly<Record<string, readonly string[]>>;
  readonly upgrades: readonly UpgradePath[];
  /** `unentitled` (L-41), or every day since the year began. */
  readonly compensationBasis: "unentitled" | "elapsed";
  readonly trialDays: number;
  readonly graceDays: number;
  /** Years beyond the current one that can be filled (L-23). */
  readonly maxYearsAhead: number;
  /** How long an unallocated licence keeps (L-12). */
  readonly walletLifeYears: number;
  /** Devices beyond the seats of the current year, in per cent of them (L-30). */
  readonly growthLimitPct: number;
}

export type Catalogue = readonly Product[];

const RULES = {
  compensationBasis: "unentitled",
  trialDays: 30,
  graceDays: 30,
  maxYearsAhead: 5,
  walletLifeYears: 5,
  growthLimitPct: 100,
} as const satisfies Partial<Product>;

const core = (product: string, kind: LicenceKind): Commodity => ({ product, type: "CORE", kind });

/** What is sold unless the hub's operator says otherwise. */
export const CATALOGUE: Catalogue = [
  {
    ...RULES,
    code: "VMS",
    name: { en: "AXIS Camera Station Pro", fr: "AXIS Camera Station Pro" },
    types: ["CORE", "UNIVERSAL"],
    substitutes: { UNIVERSAL: ["CORE"] },
    upgrades: [{ type: "ACS5-PRO", from: core("ACS5", "subscription"), to: core("VMS", "subscription") }],
  },
  {
    ...RULES,
    code: "ACS5",
    name: { en: "AXIS Camera Station 5", fr: "AXIS Camera Station 5" },
    types: ["CORE", "UNIVERSAL"],
    substitutes: { UNIVERSAL: ["CORE"] },
    upgrades: [],
  },
  {
    ...RULES,
    code: "DM",
    name: { en: "AXIS Device Manager", fr: "AXIS Device Manager" },
    types: ["CORE"],
    substitutes: {},
    upgrades: [],
  },
];
