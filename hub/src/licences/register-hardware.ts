import { Fault, type HardwareRegistration, type OrgId } from "@fyr/protocol";
import type { Sitting } from "./command.ts";
import { activateHardware, hardwareArrived } from "./hardware.ts";
import type { HardwareRecord, LicenceStore, SystemRecord } from "./store.ts";
import { showSystem } from "./view.ts";

/** @throws Fault `SYSTEM_REGISTERED_ELSEWHERE` */
export async function hardwareHere(licences: LicenceStore, hwId: string, orgId: OrgId) {
  const found = await licences.lockHardware(hwId);
  if (found && found.attachedTo !== null && found.attachedTo !== orgId)
    throw new Fault("SYSTEM_REGISTERED_ELSEWHERE");
  return found;
}

/** Activates what hardware carries at its first registration anywhere; later ones only attach it (L-60, L-61, I-20). */
export async function attach({ stores, desk, orgId, now }: Sitting, found: HardwareRecord): Promise<void> {
  if (found.activatedAt === null) {
    activateHardware(desk, found);
    await stores.licences.activateHardware(found.hwId, now);
  }
  await stores.licences.attachHardware(found.hwId, orgId);
  hardwareArrived(desk, found.product);
}

interface HardwareWish {
  readonly id: string;
  readonly hardware: string;
  readonly name: string;
}

/**
 * Registers hardware that was sold with licences, which are active at once; or shows what it carries and for which
 * organisation that would be, since it cannot be moved by a click afterwards.
 *
 * @throws Fault `NOT_FOUND`, `SYSTEM_REGISTERED_ELSEWHERE`
 */
export async function registerHardware(
  sitting: Sitting,
  { id, hardware, name }: HardwareWish,
  preview: boolean,
): Promise<HardwareRegistration> {
  const { stores, orgId, desk, now } = sitting;
  const found = await hardwareHere(stores.licences, hardware, orgId);
  if (!found) throw new Fault("NOT_FOUND");
  const again = (await stores.licences.systems(orgId)).find(({ hwId }) => hwId === hardware);
  const record: SystemRecord = again ?? {
    ...{ orgId, id, product: found.product, name, connectivity: "online" },
    ...{ licensing: "hardware", hwId: hardware, publicKey: null, softwareVersion: "", counts: {} },
    ...{ sequence: 0, registeredAt: now, reportedAt: now, removedAt: null, givenUpAt: null },
  };
  if (preview && found.activatedAt === null) activateHardware(desk, found);
  if (!preview) {
    await attach(sitting, found);
    await stores.licences.saveSystem(record);
  }
  // What it carries is on the desk and not yet in the books that are asked here.
  const issued = desk.book().balances.get(`hw:${hardware}`);
  const held = await stores.licences.hardwareBalances(hardware);
  const preloaded = new Map([...held.preloaded, ...(issued ?? [])]);
  const system = showSystem(record, { preloaded, extension: held.extension }, null, now);
  return { preview, organisation: { id: orgId, name: sitting.name }, system };
}
