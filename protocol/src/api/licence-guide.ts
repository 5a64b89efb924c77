import { z } from "zod";
import { EmailAddress, Label, Timestamp } from "../scalars.ts";

const ProductCode = z.string().regex(/^[A-Z0-9]{1,20}$/);
const Both = z.strictObject({ en: Label, fr: Label });
const Text = z.string().trim().min(1).max(1_000);
const Address = z.url({ protocol: /^https$/ }).max(500);

/** ISO 3166-1, two letters. */
export const Country = z.string().regex(/^[A-Z]{2}$/, "expected a country as two letters, e.g. FR");
export type Country = z.infer<typeof Country>;

/** Null for a guide of every product. */
const Guide = z.strictObject({
  product: ProductCode.nullable(),
  title: Both,
  url: z.strictObject({ en: Address, fr: Address }),
});

export const LICENCE_WAYS = ["offline", "subscription", "hardware"] as const;

/** One of the three ways to get licensed, step by step. Without products it is the way of all. */
const Way = z.strictObject({
  way: z.enum(LICENCE_WAYS),
  products: z.array(ProductCode).max(20),
  title: Both,
  steps: z
    .array(z.strictObject({ en: Text, fr: Text }))
    .min(1)
    .max(20),
});

/** Somebody who sells licences. Without products it sells all. */
const Seller = z
  .strictObject({
    country: Country,
    name: Label,
    city: Label.nullable(),
    products: z.array(ProductCode).max(20),
    url: Address.nullable(),
    email: EmailAddress.nullable(),
    phone: z
      .string()
      .regex(/^\+[0-9 ]{6,24}$/, "expected a number as +46 46 272 18 00")
      .nullable(),
  })
  .refine(
    ({ url, email, phone }) => url !== null || email !== null || phone !== null,
    "expected url, email or phone",
  );

const unlike = <T>(by: (item: T) => string, what: string) =>
  [
    (items: readonly T[]) => new Set(items.map(by)).size === items.length,
    `expected each ${what} once`,
  ] as const;

/** What the hub's operator tells customers about getting licences, in both languages. */
export const LicenceGuide = z
  .strictObject({
    guides: z
      .array(Guide)
      .max(50)
      .refine(...unlike<z.infer<typeof Guide>>(({ product }) => product ?? "", "product")),
    ways: z
      .array(Way)
      .max(20)
      .refine(
        ...unlike<z.infer<typeof Way>>(
          ({ way, products }) => `${way} ${products.join(" ")}`,
          "way and product",
        ),
      ),
    sellers: z
      .array(Seller)
      .max(5_000)
      .refine(
        ...unlike<z.infer<typeof Seller>>(
          ({ country, name, city }) => JSON.stringify([country, name, city]),
          "seller of a country",
        ),
      ),
  })
  .meta({ id: "LicenceGuide" });
export type LicenceGuide = z.infer<typeof LicenceGuide>;

/** What was supplied last; version 0 before anything was. */
export const SuppliedGuide = z
  .strictObject({
    version: z.int().nonnegative(),
    suppliedAt: Timestamp.nullable(),
    guide: LicenceGuide,
  })
  .meta({ id: "SuppliedGuide" });
export type SuppliedGuide = z.infer<typeof SuppliedGuide>;

export const LicenceHelpQuery = z.strictObject({
  product: ProductCode.optional(),
  country: Country.optional(),
});

/** Guides, ways and sellers for one product and one country; empty as long as the hub's operator supplied nothing. */
export const LicenceHelp = z
  .strictObject({
    version: z.int().nonnegative(),
    suppliedAt: Timestamp.nullable(),
    guides: z.array(Guide),
    ways: z.array(Way),
    sellers: z.array(Seller),
    /** Countries in which there are sellers of the product. */
    countries: z.array(Country),
  })
  .meta({ id: "LicenceHelp" });
export type LicenceHelp = z.infer<typeof LicenceHelp>;
