import type { Page } from "@fyr/protocol";
import type { PageWish } from "./ports.ts";

/**
 * A keyset page out of `found`, which was read with one row more than wished so that the end is known.
 *
 * @param key the cursor of an item: what the next page starts after
 */
export function pageOf<Found, Item>(
  found: readonly Found[],
  { limit }: PageWish,
  key: (item: Found) => string,
  show: (item: Found) => Item,
): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(show), next: found.length > limit && last !== undefined ? key(last) : null };
}
