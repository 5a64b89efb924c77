import type { LicenceLoss, OrgId } from "@fyr/protocol";
import type { Stores } from "../store/store.ts";
import type { Book } from "./book.ts";
import type { Catalogue } from "./catalogue.ts";
import type { CivilDate } from "./civil-date.ts";
import { bookIn, todayOf, type LicenceParts } from "./command.ts";
import { showYears } from "./view.ts";
import { stockOf } from "./wallet.ts";

/** What an organisation would lose today: the whole licences of its wallet, and the years that are paid (L-82). */
export const lossOf = (book: Book, catalogue: Catalogue, on: CivilDate): LicenceLoss => ({
  wallet: stockOf(book, on)
    .filter(({ available, locked }) => available + locked > 0)
    .map(({ product, type, kind, available, locked }) => ({ product, type, kind, available, locked })),
  years: catalogue.flatMap((product) =>
    showYears(book, product, on)
      .filter(({ seats }) => Object.values(seats).some((count) => count > 0))
      .map(({ start, lastDay, current, seats }) => ({
        ...{ product: product.code, start, lastDay, current, seats },
      })),
  ),
});

/** Tells it of an organisation that is still alive. */
export type TellLoss = (stores: Stores, orgId: OrgId) => Promise<LicenceLoss>;

export const licenceLoss =
  (parts: LicenceParts): TellLoss =>
  async (stores, orgId) =>
    lossOf(await bookIn(parts, stores, orgId), parts.catalogue, todayOf(parts));
