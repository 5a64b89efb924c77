import { Fault, type LicensedSystem, type SystemUpload } from "@fyr/protocol";
import { productOf } from "./book.ts";
import type { Catalogue } from "./catalogue.ts";
import type { CivilDate } from "./civil-date.ts";
import type { Sitting } from "./command.ts";
import { added, at, type ByType } from "./need.ts";
import { attach, hardwareHere } from "./register-hardware.ts";
import type { LicenceStore, SystemRecord } from "./store.ts";
import { demandNewer, type DeactivationFacts, type SystemFacts, type SystemFile } from "./system-file.ts";
import { showSystem } from "./view.ts";

export const show = async (
  licences: LicenceStore,
  system: SystemRecord,
  now: number,
): Promise<LicensedSystem> => {
  const held = system.hwId === null ? null : await licences.hardwareBalances(system.hwId);
  const file = await licences.lastFile(system.orgId, system.id);
  return showSystem(system, system.licensing === "hardware" ? held : null, file, now);
};

/**
 * Up to when a system that was removed still runs on a licence file of its organisation, exclusive; null when it does
 * not, because it never had one, or gave it up (L-75). What hardware carries goes with it, so it holds nothing back.
 */
export async function boundUntil(
  licences: LicenceStore,
  { orgId, id, licensing, givenUpAt }: SystemRecord,
  today: CivilDate,
): Promise<CivilDate | null> {
  if (licensing === "hardware" || givenUpAt !== null) return null;
  const until = (await licences.lastFile(orgId, id))?.validUntil ?? null;
  return until !== null && until > today ? until : null;
}

/**
 * Registered here or nowhere, and with no licences of another organisation.
 *
 * @returns its registration here @throws Fault `SYSTEM_REGISTERED_ELSEWHERE`, without a name (L-71)
 */
async function demandHere(
  { stores: { licences }, orgId, desk }: Sitting,
  id: string,
): Promise<SystemRecord | null> {
  const found = await licences.lockSystem(id);
  for (const each of found.filter((other) => other.orgId !== orgId))
    if (each.removedAt === null || (await boundUntil(licences, each, desk.today)) !== null)
      throw new Fault("SYSTEM_REGISTERED_ELSEWHERE");
  return found.find((each) => each.orgId === orgId) ?? null;
}

const recordOf = (
  facts: SystemFacts,
  { orgId, now }: Sitting,
  known: SystemRecord | null,
  onHardware: boolean,
): SystemRecord => ({
  ...{ orgId, id: facts.systemId, product: facts.product, name: facts.name, connectivity: "offline" },
  licensing: onHardware ? "hardware" : "subscription",
  ...{ hwId: facts.hardware, publicKey: facts.publicKey, softwareVersion: facts.softwareVersion },
  ...{ counts: facts.counts, sequence: facts.sequence },
  registeredAt: known && known.removedAt === null ? known.registeredAt : now,
  ...{ reportedAt: now, removedAt: null, givenUpAt: null },
});

/** What a system's devices add to the need of its product. */
const needOf = (system: SystemRecord | null): ByType =>
  system === null || system.removedAt !== null || system.licensing === "hardware" ? {} : system.counts;

/** The need of a product before and after a system's counts become others. */
function needs({ registered }: Sitting, after: SystemRecord, before: SystemRecord | null) {
  const needBefore = registered.get(after.product) ?? {};
  const old = needOf(before);
  const less = Object.fromEntries(Object.keys(old).map((type) => [type, -at(old, type)]));
  return { needBefore, needAfter: added(added(needBefore, less), needOf(after)) };
}

/** Registers the system, or takes what it says now. */
async function register(sitting: Sitting, facts: SystemFacts, preview: boolean) {
  const { stores, orgId } = sitting;
  const known = await demandHere(sitting, facts.systemId);
  demandNewer(facts, known);
  const hardware = await hardwareHere(stores.licences, facts.hardware, orgId);
  if (hardware && !preview) await attach(sitting, hardware);
  return { known, record: recordOf(facts, sitting, known, hardware !== null) };
}

/** Ends the registration of a system that has given its licences up: it is free for any organisation at once (L-75). */
async function deactivate(sitting: Sitting, facts: DeactivationFacts, preview: boolean) {
  const { stores, now } = sitting;
  const known = await demandHere(sitting, facts.systemId);
  if (known === null || known.connectivity !== "offline") throw new Fault("NOT_FOUND");
  demandNewer(facts, known);
  if (!preview && known.hwId !== null && known.licensing === "hardware" && known.removedAt === null)
    await stores.licences.attachHardware(known.hwId, null);
  const { sequence } = facts;
  return { known, record: { ...known, sequence, removedAt: known.removedAt ?? now, givenUpAt: now } };
}

/**
 * Takes a file of a system without a network, or shows what it would change (L-71, L-72, L-75).
 *
 * @throws Fault `SYSTEM_REGISTERED_ELSEWHERE`, `SYSTEM_FILE_INVALID`, `SYSTEM_FILE_STALE`, `NOT_FOUND`
 */
export async function accept(
  catalogue: Catalogue,
  sitting: Sitting,
  { kind, facts }: SystemFile,
  preview: boolean,
): Promise<SystemUpload> {
  const { stores, orgId, name, now } = sitting;
  productOf(catalogue, facts.product);
  const { known, record } =
    kind === "system" ? await register(sitting, facts, preview) : await deactivate(sitting, facts, preview);
  if (!preview) await stores.licences.saveSystem(record);
  const system = await show(stores.licences, record, now);
  const organisation = { id: orgId, name };
  return {
    preview,
    deactivates: kind === "deactivation",
    organisation,
    system,
    ...needs(sitting, record, known),
  };
}
