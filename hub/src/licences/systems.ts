import { Fault, type LicensedSystem, type OrgId, type SystemUpload } from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import { eventsOf, productOf } from "./book.ts";
import { bookNow, demandStill, run, todayOf, tryOut, type LicenceParts, type Sitting } from "./command.ts";
import type { Catalogue } from "./catalogue.ts";
import { civilDateAt } from "./civil-date.ts";
import { activateHardware, hardwareArrived } from "./hardware.ts";
import { validUntil, type LicenceFacts } from "./licence-file.ts";
import { added, at, type ByType } from "./need.ts";
import { filledUntil, statusOn } from "./status.ts";
import type { CountedServer, LicenceStore, SystemRecord } from "./store.ts";
import { demandNewer, readSystemFile, type SystemFacts } from "./system-file.ts";
import { byTypeOf, showSystem } from "./view.ts";
import { productOfServer } from "./in-use.ts";
import { yearOn } from "./years.ts";

type Key = string | undefined;

/** Signs what is carried to systems without a network. */
export interface LicenceFiles {
  readonly keyid: string;
  /** SPKI in PEM: what systems check their files with. */
  readonly publicKey: string;
  write(facts: LicenceFacts): string;
}

export interface SystemLicences {
  systems(member: Member): Promise<{ items: LicensedSystem[] }>;
  /** What the file says and would change, or its registration (L-71, L-72). */
  upload(member: Member, file: string, preview: boolean, key: Key): Promise<SystemUpload>;
  /** The licence file for a system without a network (L-73). */
  file(member: Member, systemId: string): Promise<{ name: string; text: string }>;
  registerHardware(
    member: Member,
    wish: { hardware: string; name: string },
    key: Key,
  ): Promise<LicensedSystem>;
  /** Its counts end; its licences stay with it, dormant (L-61). */
  remove(member: Member, systemId: string, key: Key): Promise<{ removed: string }>;
}

const show = async (licences: LicenceStore, system: SystemRecord, now: number): Promise<LicensedSystem> => {
  const held = system.hwId === null ? null : await licences.hardwareBalances(system.hwId);
  const file = await licences.lastFile(system.orgId, system.id);
  return showSystem(system, system.licensing === "hardware" ? held : null, file, now);
};

/** A server that agents report, among the systems of its product. */
function showCounted(server: CountedServer, now: number): LicensedSystem[] {
  const product = productOfServer(server);
  if (product === null) return [];
  const { id, name, counts, licensing, registeredAt, reportedAt } = server;
  return [
    showSystem(
      {
        ...{ id, product, name, connectivity: "online", hwId: null, counts, registeredAt, reportedAt },
        licensing: licensing === "hardware" ? "hardware" : "subscription",
      },
      null,
      null,
      now,
    ),
  ];
}

/** Registered here or nowhere. @throws Fault `SYSTEM_REGISTERED_ELSEWHERE`, without a name (L-71) */
async function demandHere(licences: LicenceStore, id: string, orgId: OrgId): Promise<SystemRecord | null> {
  const found = await licences.lockSystemAnywhere(id);
  if (found && found.orgId !== orgId) throw new Fault("SYSTEM_REGISTERED_ELSEWHERE");
  return found;
}

async function hardwareHere(licences: LicenceStore, hwId: string, orgId: OrgId) {
  const found = await licences.lockHardware(hwId);
  if (found && found.attachedTo !== null && found.attachedTo !== orgId)
    throw new Fault("SYSTEM_REGISTERED_ELSEWHERE");
  return found;
}

/** Activates what hardware carries at its first registration anywhere; later ones only attach it (L-60, L-61, I-20). */
async function attach({ stores, desk, orgId, now }: Sitting, hwId: string): Promise<boolean> {
  const found = await hardwareHere(stores.licences, hwId, orgId);
  if (!found) return false;
  if (found.activatedAt === null) {
    activateHardware(desk, found);
    await stores.licences.activateHardware(hwId, now);
  }
  await stores.licences.attachHardware(hwId, orgId);
  hardwareArrived(desk, found.product);
  return true;
}

const recordOf = (
  facts: SystemFacts,
  orgId: OrgId,
  now: number,
  known: SystemRecord | null,
  onHardware: boolean,
): SystemRecord => ({
  ...{ orgId, id: facts.systemId, product: facts.product, name: facts.name, connectivity: "offline" },
  licensing: onHardware ? "hardware" : "subscription",
  ...{ hwId: facts.hardware, publicKey: facts.publicKey, softwareVersion: facts.softwareVersion },
  ...{ counts: facts.counts, sequence: facts.sequence, registeredAt: known?.registeredAt ?? now },
  ...{ reportedAt: now, removedAt: null },
});

/** The need of a product before and after a system's counts become others. */
function needs({ registered }: Sitting, record: SystemRecord, known: SystemRecord | null) {
  const before = registered.get(record.product) ?? {};
  if (record.licensing === "hardware") return { needBefore: before, needAfter: before };
  const old = known?.counts ?? {};
  const types = Object.keys(old).map((type) => [type, -at(old, type)] as const);
  return { needBefore: before, needAfter: added(added(before, Object.fromEntries(types)), record.counts) };
}

async function accept(
  catalogue: Catalogue,
  sitting: Sitting,
  facts: SystemFacts,
  preview: boolean,
): Promise<SystemUpload> {
  const { stores, orgId, now } = sitting;
  productOf(catalogue, facts.product);
  const known = await demandHere(stores.licences, facts.systemId, orgId);
  const earlier = known ?? (await stores.licences.system(orgId, facts.systemId));
  demandNewer(facts, earlier);
  const onHardware = preview
    ? (await hardwareHere(stores.licences, facts.hardware, orgId)) !== null
    : await attach(sitting, facts.hardware);
  const record = recordOf(facts, orgId, now, known, onHardware);
  if (!preview) await stores.licences.saveSystem(record);
  const system = await show(stores.licences, record, now);
  const organisation = { id: orgId, name: sitting.name };
  return { preview, organisation, system, ...needs(sitting, record, known) };
}

/** What the file grants: the seats of the product, or what its own hardware carries. */
async function entitlements(
  parts: LicenceParts,
  orgId: OrgId,
  system: SystemRecord,
): Promise<Pick<LicenceFacts, "entitlements" | "validUntil">> {
  if (system.licensing === "hardware" && system.hwId !== null) {
    const { preloaded, extension } = await parts.store.read.licences.hardwareBalances(system.hwId);
    return { entitlements: added(byTypeOf(preloaded), byTypeOf(extension)), validUntil: null };
  }
  const today = todayOf(parts);
  const events = eventsOf(await bookNow(parts, orgId), productOf(parts.catalogue, system.product));
  const { state, covered, until } = statusOn(events, today);
  const granted: ByType = Object.fromEntries(
    Object.entries(system.counts).map(([type, n]) => [type, Math.min(n, at(covered, type))]),
  );
  const filled =
    events.anchor === null ? today : filledUntil(events, events.anchor, yearOn(events.anchor, today), today);
  const end = state === "licensed" ? validUntil(filled) : (until ?? today);
  return { entitlements: granted, validUntil: end };
}

export function systemLicences(parts: LicenceParts, files: LicenceFiles): SystemLicences {
  const { store, catalogue, ports } = parts;

  return {
    async systems({ orgId }) {
      const found = await store.read.licences.systems(orgId);
      const now = ports.clock.wall();
      const shown = await Promise.all(found.map((system) => show(store.read.licences, system, now)));
      const servers = await store.read.licences.countedServers(orgId);
      return { items: [...shown, ...servers.flatMap((server) => showCounted(server, now))] };
    },
    async upload(member, file, preview, key) {
      const facts = readSystemFile(file);
      const { orgId, actor } = member;
      if (preview) return tryOut(parts, orgId, actor, (sitting) => accept(catalogue, sitting, facts, true));
      return run(parts, {
        ...{ orgId, actor, name: "system.uploaded", wish: facts, key },
        allowed: (stores) => demandStill(stores, member, orgId, "licence.offline"),
        work: (sitting) => accept(catalogue, sitting, facts, false),
      });
    },
    async file(member, systemId) {
      const { orgId, actor } = member;
      const text = await run(parts, {
        ...{ orgId, actor, name: "file.issued", wish: { systemId }, key: undefined },
        allowed: (stores) => demandStill(stores, member, orgId, "licence.offline"),
        async work({ stores, now }) {
          const system = await stores.licences.system(orgId, systemId);
          if (!system || system.removedAt !== null || system.connectivity !== "offline")
            throw new Fault("NOT_FOUND");
          const serial = ((await stores.licences.lastFile(orgId, systemId))?.serial ?? 0) + 1;
          const issued = { systemId, orgId, product: system.product, serial, answers: system.sequence };
          const granted = await entitlements(parts, orgId, system);
          const written = files.write({ ...issued, ...granted, issuedOn: civilDateAt(now) });
          const kept = {
            orgId,
            systemId,
            serial,
            issuedAt: now,
            validUntil: granted.validUntil,
            text: written,
          };
          await stores.licences.insertFile(kept);
          return written;
        },
      });
      return { name: `licence-${systemId}.json`, text };
    },
    registerHardware(member, { hardware, name }, key) {
      const { orgId, actor } = member;
      return run(parts, {
        ...{ orgId, actor, name: "hardware.registered", wish: { hardware, name }, key },
        allowed: (stores) => demandStill(stores, member, orgId, "agent.register"),
        async work(sitting) {
          const { stores, now } = sitting;
          const found = await stores.licences.lockHardware(hardware);
          if (!found) throw new Fault("NOT_FOUND");
          const again = (await stores.licences.systems(orgId)).find(({ hwId }) => hwId === hardware);
          await attach(sitting, hardware);
          const record: SystemRecord = again ?? {
            ...{ orgId, id: ports.ids.next(), product: found.product, name, connectivity: "online" },
            ...{ licensing: "hardware", hwId: hardware, publicKey: null, softwareVersion: "", counts: {} },
            ...{ sequence: 0, registeredAt: now, reportedAt: now, removedAt: null },
          };
          await stores.licences.saveSystem(record);
          // What it carries is on the desk and not yet in the books that are asked here.
          const issued = sitting.desk.book().balances.get(`hw:${hardware}`);
          const held = await stores.licences.hardwareBalances(hardware);
          const preloaded = new Map([...held.preloaded, ...(issued ?? [])]);
          return showSystem(record, { preloaded, extension: held.extension }, null, now);
        },
      });
    },
    remove(member, systemId, key) {
      const { orgId, actor } = member;
      return run(parts, {
        ...{ orgId, actor, name: "system.removed", wish: { systemId }, key },
        allowed: (stores) => demandStill(stores, member, orgId, "agent.register"),
        async work({ stores, now }) {
          const system = await stores.licences.system(orgId, systemId);
          if (!system || system.removedAt !== null) throw new Fault("NOT_FOUND");
          await stores.licences.saveSystem({ ...system, removedAt: now });
          if (system.hwId !== null && system.licensing === "hardware")
            await stores.licences.attachHardware(system.hwId, null);
          return { removed: systemId };
        },
      });
    },
  };
}
