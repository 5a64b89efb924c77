import {
  Fault,
  type HardwareRegistration,
  type LicensedSystem,
  type OrgId,
  type SystemUpload,
} from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import { eventsOf, productOf } from "./book.ts";
import { bookNow, demandStill, run, todayOf, tryOut, type LicenceParts } from "./command.ts";
import { civilDateAt, lastUsableDay } from "./civil-date.ts";
import { validUntil, type LicenceFacts } from "./licence-file.ts";
import { added, at, type ByType } from "./need.ts";
import { filledUntil, statusOn } from "./status.ts";
import { accept, boundUntil, show } from "./offline.ts";
import { registerHardware } from "./register-hardware.ts";
import type { CountedServer, SystemRecord } from "./store.ts";
import { readSystemFile } from "./system-file.ts";
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
  /** What the file says and would change, or its registration or the end of it (L-71, L-72, L-75). */
  upload(member: Member, file: string, preview: boolean, key: Key): Promise<SystemUpload>;
  /** The licence file for a system without a network (L-73). */
  file(member: Member, systemId: string): Promise<{ name: string; text: string }>;
  /** Activates what the hardware carries, or shows for which organisation that would be. */
  registerHardware(
    member: Member,
    wish: { hardware: string; name: string },
    preview: boolean,
    key: Key,
  ): Promise<HardwareRegistration>;
  /**
   * Its counts end; its licences stay with it, dormant (L-61). As long as a licence file of it counts, no other
   * organisation can register it, unless it gives the file up (L-75).
   */
  remove(member: Member, systemId: string, key: Key): Promise<{ removed: string; boundUntil: string | null }>;
}

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
      const read = readSystemFile(file);
      const { orgId, actor } = member;
      if (preview) return tryOut(parts, orgId, actor, (sitting) => accept(catalogue, sitting, read, true));
      const name = read.kind === "system" ? "system.uploaded" : "system.deactivated";
      return run(parts, {
        ...{ orgId, actor, name, wish: read.facts, key },
        allowed: (stores) => demandStill(stores, member, orgId, "licence.offline"),
        work: (sitting) => accept(catalogue, sitting, read, false),
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
    async registerHardware(member, wish, preview, key) {
      const { orgId, actor } = member;
      const id = ports.ids.next();
      if (preview)
        return tryOut(parts, orgId, actor, (sitting) => registerHardware(sitting, { ...wish, id }, true));
      return run(parts, {
        ...{ orgId, actor, name: "hardware.registered", wish, key },
        allowed: (stores) => demandStill(stores, member, orgId, "agent.register"),
        work: (sitting) => registerHardware(sitting, { ...wish, id }, false),
      });
    },
    remove(member, systemId, key) {
      const { orgId, actor } = member;
      return run(parts, {
        ...{ orgId, actor, name: "system.removed", wish: { systemId }, key },
        allowed: (stores) => demandStill(stores, member, orgId, "agent.register"),
        async work({ stores, desk, now }) {
          const system = await stores.licences.system(orgId, systemId);
          if (!system || system.removedAt !== null) throw new Fault("NOT_FOUND");
          await stores.licences.saveSystem({ ...system, removedAt: now });
          if (system.hwId !== null && system.licensing === "hardware")
            await stores.licences.attachHardware(system.hwId, null);
          const bound = await boundUntil(stores.licences, system, desk.today);
          return { removed: systemId, boundUntil: bound && lastUsableDay(bound) };
        },
      });
    },
  };
}
