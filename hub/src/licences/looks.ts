import type {
  LicenceCover,
  LicenceNotice,
  LicencePosting,
  LicenceRecord,
  LicenceStock,
  LicenceYear,
  OrgId,
  Page,
  ProductLicences,
} from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import { pageOf } from "../paging.ts";
import type { PageWish } from "../ports.ts";
import { eventsOf, productOf } from "./book.ts";
import { bookNow, todayOf, type LicenceParts } from "./command.ts";
import { uncovered } from "./coverage.ts";
import { countedDevices } from "./in-use.ts";
import { lastFiles } from "./last-files.ts";
import { remindersOn } from "./reminders.ts";
import { NO_GUIDE } from "./guide.ts";
import { statusOn } from "./status.ts";
import type { HistoryFilter } from "./store.ts";
import { showProduct, showRecord, showStock, showYears } from "./view.ts";

/** What members are shown of their organisation's licences. */
export interface LicenceLooks {
  overview(member: Member): Promise<{ items: ProductLicences[] }>;
  product(member: Member, product: string): Promise<ProductLicences>;
  years(member: Member, product: string): Promise<{ items: LicenceYear[] }>;
  wallet(member: Member): Promise<{ items: LicenceStock[] }>;
  /** Newest first. */
  history(member: Member, filter: HistoryFilter, page: PageWish): Promise<Page<LicenceRecord>>;
  postings(
    member: Member,
    of: { account: string; commodity: string },
    page: PageWish,
  ): Promise<Page<LicencePosting>>;
  cover(member: Member, product: string): Promise<LicenceCover>;
  /** What the admins are told of today: the same as their letters say. */
  notices(member: Member): Promise<{ items: LicenceNotice[] }>;
}

export function licenceLooks(parts: LicenceParts): LicenceLooks {
  const { store, catalogue } = parts;

  async function coverOf(member: Member, product: string): Promise<LicenceCover> {
    const { orgId } = member;
    const events = eventsOf(await bookNow(parts, orgId), productOf(catalogue, product));
    const { covered, inUse } = statusOn(events, todayOf(parts));
    const devices = await countedDevices(store.read, orgId, product);
    const chosen = new Set(await store.read.licences.uncoveredChoice(orgId, product));
    return { product, covered, inUse, uncovered: [...uncovered(devices, covered, chosen)].sort() };
  }

  async function registeredOf(orgId: OrgId): Promise<ReadonlySet<string>> {
    return new Set((await parts.inUse(store.read, orgId)).keys());
  }

  const guideNow = async () => ((await store.read.licences.guide()) ?? NO_GUIDE).guide;

  return {
    async overview({ orgId }) {
      const [book, registered] = [await bookNow(parts, orgId), await registeredOf(orgId)];
      const [today, help] = [todayOf(parts), await guideNow()];
      return {
        items: catalogue.map((each) =>
          showProduct(book, each, today, { registered: registered.has(each.code), help }),
        ),
      };
    },
    async product({ orgId }, code) {
      const product = productOf(catalogue, code);
      const registered = (await registeredOf(orgId)).has(code);
      const help = await guideNow();
      return showProduct(await bookNow(parts, orgId), product, todayOf(parts), { registered, help });
    },
    async years({ orgId }, code) {
      const product = productOf(catalogue, code);
      return { items: showYears(await bookNow(parts, orgId), product, todayOf(parts)) };
    },
    async wallet({ orgId }) {
      return { items: showStock(await bookNow(parts, orgId), todayOf(parts)) };
    },
    async history({ orgId }, filter, wish) {
      const found = await store.read.licences.history(orgId, filter, wish);
      return pageOf(found, wish, ({ seq }) => String(seq), showRecord);
    },
    async postings({ orgId }, { account, commodity }, wish) {
      const found = await store.read.licences.postings(orgId, account, commodity, wish);
      return pageOf(
        found,
        wish,
        ({ seq, line }) => `${seq}.${line}`,
        (posting) => posting,
      );
    },
    cover: coverOf,
    async notices({ orgId }) {
      const files = await lastFiles(store.read, orgId);
      const due = remindersOn(await bookNow(parts, orgId), catalogue, files, todayOf(parts));
      return { items: due.filter(({ to }) => to === "admins").map(({ to: _, ...notice }) => notice) };
    },
  };
}
