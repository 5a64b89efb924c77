import {
  Fault,
  isFault,
  type Action,
  type LicenceChange,
  type LicenceCover,
  type OrgId,
} from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import type { Stores } from "../store/store.ts";
import { allocate, type AllocationWish } from "./allocate.ts";
import { productOf } from "./book.ts";
import { demandStill, run, tryOut, type LicenceParts, type Sitting } from "./command.ts";
import { allocateExtension } from "./hardware.ts";
import type { ByType } from "./need.ts";
import { hardwareProducts, redeemKey } from "./redeem-key.ts";
import { licenceLooks, type LicenceLooks } from "./looks.ts";
import { release } from "./release.ts";
import { startSubscription } from "./start.ts";
import { tellTransfer } from "./tell.ts";
import { transfer, type TransferLine } from "./transfer.ts";
import { applyUpgrade } from "./upgrade.ts";
import { showChange } from "./view.ts";

type Key = string | undefined;

/** What members may do with their organisation's licences. Every change is one audit entry, in its transaction. */
export interface MemberLicences extends LicenceLooks {
  chooseUncovered(
    member: Member,
    wish: { product: string; devices: readonly string[] },
  ): Promise<LicenceCover>;
  /** Starts the trial, or shows for which organisation. */
  start(member: Member, product: string, preview: boolean, key: Key): Promise<LicenceChange>;
  redeem(member: Member, text: string, key: Key): Promise<LicenceChange>;
  /** What the key holds, and for which organisation it would be redeemed (L-04). */
  previewRedeem(member: Member, text: string): Promise<LicenceChange>;
  allocate(member: Member, wish: AllocationWish, preview: boolean, key: Key): Promise<LicenceChange>;
  release(member: Member, allocation: string, preview: boolean, key: Key): Promise<LicenceChange>;
  transfer(
    member: Member,
    wish: { to: OrgId; lines: readonly TransferLine[] },
    key: Key,
  ): Promise<LicenceChange>;
  extend(
    member: Member,
    wish: { systemId: string; items: ByType },
    preview: boolean,
    key: Key,
  ): Promise<LicenceChange>;
  upgrade(
    member: Member,
    wish: { product: string; type: string; qty: number },
    preview: boolean,
    key: Key,
  ): Promise<LicenceChange>;
}

export function memberLicences(parts: LicenceParts): MemberLicences {
  const { store, catalogue } = parts;

  /** A command of a member at one desk, or a look at what it would do. */
  async function command(
    member: Member,
    action: Action,
    wish: { name: string; body: unknown; preview?: boolean; key: Key },
    work: (sitting: Sitting) => Promise<void> | void,
  ): Promise<LicenceChange> {
    const { orgId, actor } = member;
    if (wish.preview) {
      return tryOut(parts, orgId, actor, async (sitting) => {
        await work(sitting);
        return showChange(sitting, true);
      });
    }
    return run(parts, {
      ...{ orgId, actor, name: wish.name, wish: wish.body, key: wish.key },
      allowed: (stores) => demandStill(stores, member, orgId, action),
      async work(sitting) {
        await work(sitting);
        return showChange(sitting);
      },
    });
  }

  const looks = licenceLooks(parts);

  return {
    ...looks,
    async chooseUncovered(member, { product, devices }) {
      const { orgId, actor } = member;
      productOf(catalogue, product);
      await store.write(async (stores) => {
        await demandStill(stores, member, orgId, "licence.allocate");
        await stores.licences.chooseUncovered(orgId, product, devices);
        const entry = { orgId, at: parts.ports.clock.wall(), actor, action: "licence.uncovered.chosen" };
        await stores.audit.append([{ ...entry, object: product, after: { devices } }]);
      });
      return looks.cover(member, product);
    },
    start: (member, product, preview, key) =>
      command(
        member,
        "licence.start",
        { name: "started", body: { product }, preview, key },
        ({ desk, registered }) => startSubscription(desk, product, registered.has(product)),
      ),
    redeem: (member, text, key) => redeemKey(parts, member, { text, preview: false }, key),
    previewRedeem: (member, text) => redeemKey(parts, member, { text, preview: true }, undefined),
    allocate: (member, body, preview, key) =>
      command(member, "licence.allocate", { name: "allocated", body, preview, key }, ({ desk }) =>
        allocate(desk, body),
      ),
    release: (member, allocation, preview, key) =>
      command(
        member,
        "licence.allocate",
        { name: "released", body: { allocation }, preview, key },
        ({ desk }) => release(desk, allocation),
      ),
    transfer: (member, wish, key) => transferLicences(parts, member, wish, key),
    extend: (member, body, preview, key) =>
      command(
        member,
        "licence.extend",
        { name: "extended", body, preview, key },
        async ({ desk, stores, orgId }) => {
          const system = await stores.licences.system(orgId, body.systemId);
          if (!system || system.removedAt !== null) throw new Fault("NOT_FOUND");
          allocateExtension(desk, system, body.items);
        },
      ),
    upgrade: (member, body, preview, key) =>
      command(member, "licence.extend", { name: "upgraded", body, preview, key }, ({ desk }) =>
        applyUpgrade(desk, body),
      ),
  };
}

/** Admin of the receiving organisation too, which is said without a word about it otherwise (L-51, L-54). */
async function demandInTarget(stores: Stores, member: Member, to: OrgId): Promise<void> {
  try {
    await demandStill(stores, member, to, "licence.transfer");
  } catch (error) {
    if (isFault(error, "FORBIDDEN", "OWNER_ONLY"))
      throw new Fault("NEED_ADMIN_IN_TARGET", {}, { cause: error });
    throw error;
  }
}

const named = ({ orgId, name }: Sitting) => ({ id: orgId, name });

function transferLicences(
  parts: LicenceParts,
  member: Member,
  wish: { to: OrgId; lines: readonly TransferLine[] },
  key: Key,
): Promise<LicenceChange> {
  const { orgId, actor } = member;
  const { to, lines } = wish;
  return run(parts, {
    ...{ orgId, other: to, actor, name: "transferred", wish, key },
    async allowed(stores) {
      if (to === orgId) throw new Fault("TRANSFER_SAME_ORG");
      await demandStill(stores, member, orgId, "licence.transfer");
      await demandInTarget(stores, member, to);
    },
    async work(mine, theirs) {
      if (!theirs) throw new Error("a transfer has two sides");
      const number = parts.ports.ids.next();
      transfer(mine.desk, theirs.desk, { number, lines }, await hardwareProducts(theirs));
      const [from, target] = [named(mine), named(theirs)];
      await tellTransfer(parts.ports, mine.stores, parts.catalogue, { from, to: target, lines, number });
      return showChange(mine);
    },
  });
}
