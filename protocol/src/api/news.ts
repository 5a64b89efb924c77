import { z } from "zod";

/** One change of the product, as it is told to everybody who uses it. */
export const NewsItem = z
  .strictObject({
    /** Sorts by date: `2026-11-28-support`. */
    id: z.string().regex(/^\d{4}-\d{2}-\d{2}-[a-z0-9-]+$/),
    day: z.iso.date(),
    kind: z.enum(["new", "changed", "fixed"]),
    title: z.string(),
    text: z.string(),
  })
  .meta({ id: "NewsItem" });
export type NewsItem = z.infer<typeof NewsItem>;
