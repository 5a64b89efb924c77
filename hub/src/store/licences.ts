import type { LicenceStore } from "../licences/store.ts";
import type { Database } from "./database.ts";
import { ledgerReading } from "./licence-books.ts";
import { guideStore } from "./licence-guides.ts";
import { keyStore } from "./licence-keys.ts";
import { ledgerWriting } from "./licence-ledger.ts";
import { noticeStore, systemStore } from "./licence-systems.ts";
import type { Access } from "./tables.ts";

export const licenceStore = (database: Database, access: Access): LicenceStore => ({
  ...ledgerWriting(database, access),
  ...ledgerReading(access),
  ...keyStore(database, access),
  ...systemStore(database, access),
  ...noticeStore(access),
  ...guideStore(access),
});
