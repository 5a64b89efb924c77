import { Fault, type LicenceGuide, type LicenceHelp, type SuppliedGuide } from "@fyr/protocol";
import { productOf } from "./book.ts";
import type { Catalogue } from "./catalogue.ts";

/** What there is before the hub's operator supplied anything. */
export const NO_GUIDE: SuppliedGuide = {
  version: 0,
  suppliedAt: null,
  guide: { guides: [], ways: [], sellers: [] },
};

const REGIONS = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

/**
 * What no schema can say: products that are sold here, countries that exist.
 *
 * @throws Fault `PRODUCT_UNKNOWN`, `MESSAGE_INVALID` naming each country that is none
 */
export function demandTrue({ guides, ways, sellers }: LicenceGuide, catalogue: Catalogue): void {
  const products = [
    ...guides.flatMap(({ product }) => (product === null ? [] : [product])),
    ...[...ways, ...sellers].flatMap((each) => each.products),
  ];
  for (const product of products) productOf(catalogue, product);
  const strange = sellers.flatMap(({ country }, n) =>
    REGIONS.of(country) === undefined ? [`sellers.${n}.country: ${country} is no country of ISO 3166`] : [],
  );
  if (strange.length > 0) throw new Fault("MESSAGE_INVALID", { problems: strange });
}

const isFor = (products: readonly string[], product: string | undefined): boolean =>
  product === undefined || products.length === 0 || products.includes(product);

/** Where a guide explains the types and how to license one's product: the product's own, else the general one. */
export const guideOf = ({ guides }: LicenceGuide, product: string): { en: string; fr: string } | null =>
  (guides.find((each) => each.product === product) ?? guides.find((each) => each.product === null))?.url ??
  null;

export const sellersOf = ({ sellers }: LicenceGuide, product: string): number =>
  sellers.filter(({ products }) => isFor(products, product)).length;

/** The part of it that concerns a product and a country; without a country the sellers of all. */
export function helpFor(
  { version, suppliedAt, guide }: SuppliedGuide,
  { product, country }: { readonly product?: string | undefined; readonly country?: string | undefined },
): LicenceHelp {
  const sellers = guide.sellers.filter(({ products }) => isFor(products, product));
  return {
    ...{ version, suppliedAt },
    guides: guide.guides.filter(
      (each) => each.product === null || product === undefined || each.product === product,
    ),
    ways: guide.ways.filter(({ products }) => isFor(products, product)),
    sellers: sellers.filter((seller) => country === undefined || seller.country === country),
    countries: [...new Set(sellers.map((seller) => seller.country))].sort(),
  };
}
