import type { OrgId, ServerFacts } from "@fyr/protocol";
import type { CivilDate } from "../licences/civil-date.ts";
import { ACCOUNTS } from "../licences/journal.ts";
import type {
  CountedServer,
  HardwareRecord,
  LicenceFileRecord,
  NoticeStore,
  SystemRecord,
  SystemStore,
} from "../licences/store.ts";
import { locked, type Database } from "./database.ts";
import { Collision, isTaken } from "./errors.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const toSystem = (row: Row<"licence_systems">): SystemRecord => ({
  ...{ orgId: row.org_id as OrgId, id: row.id, product: row.product, name: row.name },
  connectivity: row.connectivity as SystemRecord["connectivity"],
  licensing: row.licensing as SystemRecord["licensing"],
  ...{ hwId: row.hw_id, publicKey: row.public_key, softwareVersion: row.software_version },
  counts: JSON.parse(row.counts) as SystemRecord["counts"],
  ...{ sequence: row.sequence, registeredAt: row.registered_at },
  ...{ reportedAt: row.reported_at, removedAt: row.removed_at, givenUpAt: row.given_up_at },
});

const toSystemRow = (system: SystemRecord): Omit<Row<"licence_systems">, "org_id"> => ({
  ...{ id: system.id, product: system.product, name: system.name },
  ...{ connectivity: system.connectivity, licensing: system.licensing },
  ...{ hw_id: system.hwId, public_key: system.publicKey, software_version: system.softwareVersion },
  counts: JSON.stringify(system.counts),
  ...{ sequence: system.sequence, registered_at: system.registeredAt },
  ...{ reported_at: system.reportedAt, removed_at: system.removedAt, given_up_at: system.givenUpAt },
});

const toHardware = (row: Row<"licence_hardware">): HardwareRecord => ({
  ...{ hwId: row.hw_id, product: row.product, activatedAt: row.activated_at },
  items: JSON.parse(row.items) as HardwareRecord["items"],
  attachedTo: row.attached_to as OrgId | null,
});

const toFile = (row: Row<"licence_files">): LicenceFileRecord => ({
  ...{ orgId: row.org_id as OrgId, systemId: row.system_id, serial: row.serial },
  ...{ issuedAt: row.issued_at, validUntil: row.valid_until as CivilDate | null, text: row.text },
});

const toCounted = (row: Pick<Row<"servers">, (typeof COUNTED)[number]>): CountedServer => {
  const { product, licensing, counts } = JSON.parse(row.facts) as Pick<
    ServerFacts,
    "product" | "licensing" | "counts"
  >;
  const { id, name, registered_at: registeredAt, reported_at: reportedAt } = row;
  return {
    id,
    name,
    product,
    licensing,
    counts: counts === "unknown" ? {} : counts,
    registeredAt,
    reportedAt,
  };
};
const COUNTED = ["id", "name", "facts", "registered_at", "reported_at"] as const;

export const systemStore = (database: Database, { global, within, acrossOrgs }: Access): SystemStore => ({
  async systems(orgId) {
    const query = within(orgId).from("licence_systems").selectAll().where("removed_at", "is", null);
    return (await query.orderBy("id").execute()).map(toSystem);
  },
  async system(orgId, id) {
    const query = within(orgId).from("licence_systems").selectAll().where("id", "=", id);
    const row = await query.executeTakeFirst();
    return row ? toSystem(row) : null;
  },
  async lockSystem(id) {
    const query = acrossOrgs.selectFrom("licence_systems").selectAll().where("id", "=", id);
    return (await locked(database, query.orderBy("org_id")).execute()).map(toSystem);
  },
  async saveSystem(system) {
    const row = toSystemRow(system);
    const saving = within(system.orgId)
      .insert("licence_systems", row)
      .onConflict((conflict) => conflict.columns(["org_id", "id"]).doUpdateSet(row));
    try {
      await saving.execute();
    } catch (error) {
      if (isTaken(error)) throw new Collision("the system was registered elsewhere meanwhile");
      throw error;
    }
  },
  async insertFile({ orgId, systemId, serial, issuedAt, validUntil, text }) {
    const row = { system_id: systemId, serial, issued_at: issuedAt, valid_until: validUntil, text };
    await within(orgId).insert("licence_files", row).execute();
  },
  async lastFile(orgId, systemId) {
    const query = within(orgId).from("licence_files").selectAll().where("system_id", "=", systemId);
    const row = await query.orderBy("serial", "desc").limit(1).executeTakeFirst();
    return row ? toFile(row) : null;
  },
  async announceHardware({ hwId, product, items }) {
    const { numInsertedOrUpdatedRows } = await global
      .insertInto("licence_hardware")
      .values({ hw_id: hwId, product, items: JSON.stringify(items), activated_at: null, attached_to: null })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  },
  async activateHardware(hwId, at) {
    await global
      .updateTable("licence_hardware")
      .set({ activated_at: at })
      .where("hw_id", "=", hwId)
      .execute();
  },
  async lockHardware(hwId) {
    const query = global.selectFrom("licence_hardware").selectAll().where("hw_id", "=", hwId);
    const [row] = await locked(database, query).execute();
    return row ? toHardware(row) : null;
  },
  async attachHardware(hwId, orgId) {
    await global
      .updateTable("licence_hardware")
      .set({ attached_to: orgId })
      .where("hw_id", "=", hwId)
      .execute();
  },
  async hardwareBalances(hwId) {
    const held = async (account: string) => {
      const rows = await acrossOrgs
        .selectFrom("licence_balances")
        .select(({ fn }) => ["commodity", fn.sum<number>("ticks").as("sum")])
        .where("account", "=", account)
        .groupBy("commodity")
        .execute();
      return new Map(rows.map(({ commodity, sum }) => [commodity, sum]));
    };
    return {
      preloaded: await held(ACCOUNTS.hardware(hwId)),
      extension: await held(ACCOUNTS.extension(hwId)),
    };
  },
  async fleetSize(orgId) {
    const count = async (table: "devices" | "agents"): Promise<number> => {
      const query = within(orgId).from(table);
      const { n } = await query.select(({ fn }) => fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
      return n;
    };
    return { devices: await count("devices"), agents: await count("agents") };
  },
  async deviceIds(orgId) {
    const rows = await within(orgId).from("devices").select("devices.id").orderBy("devices.id").execute();
    return rows.map(({ id }) => id);
  },
  async countedServers(orgId) {
    const query = within(orgId)
      .from("servers")
      .select([...COUNTED])
      .where("state", "=", "registered");
    return (await query.orderBy("id").execute()).map(toCounted);
  },
});

export const noticeStore = ({ within }: Access): NoticeStore => ({
  async noteOnce(orgId, notice, at) {
    const { numInsertedOrUpdatedRows } = await within(orgId)
      .insert("licence_notices", { notice, at })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  },
  async uncoveredChoice(orgId, product) {
    const query = within(orgId).from("licence_choices").selectAll().where("product", "=", product);
    const row = await query.executeTakeFirst();
    return row ? (JSON.parse(row.devices) as string[]) : [];
  },
  async chooseUncovered(orgId, product, list) {
    const devices = JSON.stringify(list);
    await within(orgId)
      .insert("licence_choices", { product, devices })
      .onConflict((conflict) => conflict.columns(["org_id", "product"]).doUpdateSet({ devices }))
      .execute();
  },
});
