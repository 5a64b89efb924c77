import type { Logger } from "@fyr/runtime";
import type { AccessStore } from "../access/store.ts";
import type { AccountStore, ReadSession, SessionStore, ThrottleStore } from "../accounts/store.ts";
import type { AuditStore } from "../audit/store.ts";
import type { EnrolmentStore, ReadStanding } from "../enrolment/store.ts";
import type { FleetStore } from "../fleet/store.ts";
import type { FolderStore } from "../folders/store.ts";
import type { IdempotencyStore } from "../idempotency/store.ts";
import type { LiveStore } from "../live/store.ts";
import type { MemberStore } from "../members/store.ts";
import type { ReadIdle, SyncStore } from "../fleet/sync/store.ts";
import type { LicenceStore } from "../licences/store.ts";
import type { InvitationStore } from "../invitations/store.ts";
import type { MailStore } from "../mail/store.ts";
import type { MonitorStore } from "../servers/monitor/store.ts";
import type { ServerStore } from "../servers/store.ts";
import type { OrganisationStore } from "../organisations/store.ts";
import type { ClaimStore } from "../members/claim-store.ts";
import type { SupportStore } from "../organisations/support.ts";
import type { ImageStore, UpgradeStore } from "../upgrades/store.ts";
import type { ServiceAccountStore } from "../service-accounts/store.ts";
import { accessStore } from "./access.ts";
import { accountStore } from "./accounts.ts";
import { auditStore } from "./audit.ts";
import type { Database } from "./database.ts";
import { enrolmentStore, readStanding } from "./enrolment.ts";
import { isCollision, storeFault } from "./errors.ts";
import { fleetStore } from "./fleet.ts";
import { folderStore } from "./folders.ts";
import { idempotencyStore } from "./idempotency.ts";
import { readIdle } from "./idle.ts";
import { imageStore } from "./images.ts";
import { liveStore } from "./live.ts";
import { memberStore } from "./members.ts";
import { licenceStore } from "./licences.ts";
import { invitationStore } from "./invitations.ts";
import { mailStore } from "./mails.ts";
import { migrate } from "./migrations/index.ts";
import { organisationStore } from "./organisations.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite, openSqliteToRead } from "./sqlite.ts";
import { serviceAccountStore } from "./service-accounts.ts";
import { readSession, sessionStore } from "./sessions.ts";
import { monitorStore } from "./monitoring.ts";
import { serverStore } from "./servers.ts";
import { claimStore } from "./claims.ts";
import { supportStore } from "./support.ts";
import { syncStore } from "./sync.ts";
import { access } from "./tables.ts";
import { throttleStore } from "./throttle.ts";
import { upgradeStore } from "./upgrades.ts";

/** What each capability keeps, in its own words. */
export interface Stores {
  readonly access: AccessStore;
  readonly organisations: OrganisationStore;
  readonly support: SupportStore;
  readonly claims: ClaimStore;
  readonly members: MemberStore;
  readonly invitations: InvitationStore;
  readonly serviceAccounts: ServiceAccountStore;
  readonly folders: FolderStore;
  readonly enrolment: EnrolmentStore;
  readonly fleet: FleetStore;
  readonly syncs: SyncStore;
  readonly servers: ServerStore;
  readonly monitor: MonitorStore;
  readonly upgrades: UpgradeStore;
  readonly images: ImageStore;
  readonly idempotency: IdempotencyStore;
  readonly audit: AuditStore;
  readonly live: LiveStore;
  readonly licences: LicenceStore;
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly throttle: ThrottleStore;
  readonly mails: MailStore;
}

/**
 * Where the hub keeps everything it was told.
 *
 * Whatever the database itself does wrong surfaces as Fault `HUB_DISK_FULL`, `HUB_BUSY` or `STORE_FAILED`; nothing is
 * half done then.
 */
export interface HubStore {
  /** For questions; what they see was committed before. */
  readonly read: Stores;
  /** The questions of the hot routes, compiled once. */
  readonly standing: ReadStanding;
  readonly session: ReadSession;
  readonly idle: ReadIdle;
  /**
   * One transaction. `work` may await nothing but the stores it is given, and may be run again from its start when
   * another writer was in the way. Resolves when everything is on disk.
   */
  write<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
  /** Transactions that are worth having under way at once: SQLite has one writer. */
  readonly lanes: number;
  /** Lets what has arrived be read before more work is started; a turn of the event loop in a real process. */
  turn(): Promise<void>;
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly log: Logger;
  readonly turn: () => Promise<void>;
}

/** Another writer may be in the way this often before the caller is told. */
const ATTEMPTS = 8;

/** The same question, whose trouble with the database has the hub's names. */
const guarded =
  <Args extends unknown[], Answer>(ask: (...args: Args) => Promise<Answer>) =>
  (...args: Args): Promise<Answer> =>
    ask(...args).catch((error: unknown) => {
      throw storeFault(error);
    });

function guardedStores(stores: Stores): Stores {
  const guardedStore = (store: object) =>
    Object.fromEntries(Object.entries(store).map(([name, ask]) => [name, guarded(ask as never)]));
  return Object.fromEntries(
    Object.entries(stores).map(([name, store]) => [name, guardedStore(store as object)]),
  ) as unknown as Stores;
}

const storesOf = (database: Database, db: Database["writer"]): Stores => {
  const reach = access(db);
  return {
    access: accessStore(database, reach),
    organisations: organisationStore(database, reach),
    support: supportStore(reach),
    claims: claimStore(reach),
    folders: folderStore(database, reach),
    members: memberStore(database, reach),
    invitations: invitationStore(reach),
    serviceAccounts: serviceAccountStore(database, reach),
    enrolment: enrolmentStore(reach),
    fleet: fleetStore(database, reach),
    syncs: syncStore(database, reach),
    servers: serverStore(database, reach),
    monitor: monitorStore(database, reach),
    upgrades: upgradeStore(database, reach),
    images: imageStore(database, reach),
    idempotency: idempotencyStore(reach),
    audit: auditStore(database, reach),
    live: liveStore(database, reach),
    licences: licenceStore(database, reach),
    accounts: accountStore(database, reach),
    sessions: sessionStore(reach),
    throttle: throttleStore(database, reach),
    mails: mailStore(database, reach),
  };
};

/**
 * Opens the database and brings its schema up to date.
 *
 * @param url `sqlite:PATH`, `sqlite::memory:` or `postgresql://…`
 */
export async function openStore(url: string, { log, turn }: StoreOptions): Promise<HubStore> {
  const database = openDatabase(url, log);
  try {
    await migrate(database.writer, database.kind);
  } catch (error) {
    await database.close();
    throw storeFault(error);
  }
  return hubStore(database, turn);
}

/** Opens a database that others may be writing to. Nothing can be changed through it, not even its schema. */
export const openStoreToRead = (url: string, { log, turn }: StoreOptions): HubStore =>
  hubStore(openDatabase(url, log, true), turn);

const SQLITE = "sqlite:";

function openDatabase(url: string, log: Logger, toRead = false): Database {
  if (url.startsWith(SQLITE)) return (toRead ? openSqliteToRead : openSqlite)(url.slice(SQLITE.length));
  if (/^postgres(ql)?:/.test(url)) return openPostgres(url, log, toRead);
  throw new Error("the database must be named as sqlite:PATH or postgresql://…");
}

/** The store over an open, migrated database. */
export function hubStore(database: Database, turn: () => Promise<void>): HubStore {
  const once = <T>(work: (stores: Stores) => Promise<T>): Promise<T> =>
    database.writer.transaction().execute((transaction) => work(storesOf(database, transaction)));
  return {
    read: guardedStores(storesOf(database, database.reader)),
    standing: guarded(readStanding(database)),
    session: guarded(readSession(database)),
    idle: guarded(readIdle(database)),
    async write(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await once(work);
        } catch (error) {
          if (!isCollision(error) || attempt === ATTEMPTS) throw storeFault(error);
        }
      }
    },
    lanes: database.kind === "sqlite" ? 1 : 2,
    turn,
    close: () => database.close(),
  };
}
