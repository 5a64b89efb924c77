import { Fault } from "@fyr/protocol";
import { productOf } from "./book.ts";
import type { CivilDate } from "./civil-date.ts";
import type { Desk } from "./desk.ts";
import { unlock } from "./redeem.ts";

/**
 * Starts a product's subscription, once, with its trial (L-20 to L-22). The first start of any product sets the dates
 * of the organisation's years for ever.
 *
 * @param registered whether the organisation knows a system or service of the product
 * @throws Fault `SUBSCRIPTION_STARTED`, `PRODUCT_NOT_REGISTERED`
 */
export function startSubscription(desk: Desk, code: string, registered: boolean): void {
  const { code: product } = productOf(desk.catalogue, code);
  const { anchor, started } = desk.book();
  if (started.has(product))
    throw new Fault("SUBSCRIPTION_STARTED", { product, on: started.get(product) ?? "" });
  if (!registered) throw new Fault("PRODUCT_NOT_REGISTERED", { product });
  desk.post("product.start", [], { product, ...(anchor === null && { anchor: desk.today }) });
  unlock(desk, product, ["subscription", "extension", "upgrade"]);
}

/**
 * Sets another anchor, as long as no year has ever had seats: none has dates yet that anybody relied on (I-8).
 *
 * @throws Fault `ANCHOR_FIXED`
 */
export function setAnchor(desk: Desk, anchor: CivilDate, reason: string): void {
  const { allocations, anchor: before, started } = desk.book();
  const firstStart = [...started.values()].sort()[0];
  const refuse = (why: string) => new Fault("ANCHOR_FIXED", { anchor: before, why });
  if (allocations.size > 0) throw refuse("licences were allocated");
  if (before === null || firstStart === undefined) throw refuse("no product was started");
  // Years begin with the anchor: a later one would leave the first start in no year.
  if (anchor > firstStart) throw refuse(`it is later than the first start, ${firstStart}`);
  desk.post("anchor.set", [], { anchor, reason });
}
