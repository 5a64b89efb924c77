import { Fault, type GrowthReport, type IssuedKeys, type LicenceChange, type OrgId } from "@fyr/protocol";
import { HUB_ORG } from "../upgrades/image-service.ts";
import type { Actor } from "../ports.ts";
import { eventsOf, productOf } from "./book.ts";
import type { Stores } from "../store/store.ts";
import { bookNow, run, todayOf, type LicenceParts } from "./command.ts";
import type { CivilDate } from "./civil-date.ts";
import { replaceHardware } from "./hardware.ts";
import { keyHash, keyHint, newKeyText, readKeyText } from "./key-text.ts";
import type { ByType } from "./need.ts";
import type { KeyFacts } from "./redeem.ts";
import { setAnchor } from "./start.ts";
import { statusOn } from "./status.ts";
import { showChange } from "./view.ts";

export interface KeyWish extends Pick<KeyFacts, "kind" | "product" | "items"> {
  readonly count: number;
  readonly batch: string;
}

/** What the hub's operator does with licences; each act is written where it belongs, under the operator's name. */
export interface OperatorLicences {
  /**
   * All keys of a batch or none. Their texts are seen this once: whoever must not lose them keeps them with `keep`,
   * which comes before any of them is worth something.
   *
   * @throws Fault `PRODUCT_UNKNOWN`, `KEY_BATCH_KNOWN`
   */
  issueKeys(
    actor: Actor,
    wish: KeyWish,
    keep?: (keys: readonly string[]) => Promise<void>,
  ): Promise<IssuedKeys>;
  /** Whether these are the keys of a batch, all of them. */
  isBatch(batch: string, keys: readonly string[]): Promise<boolean>;
  /** @throws Fault `KEY_INVALID`, `KEY_ALREADY_REDEEMED` */
  voidKey(actor: Actor, typed: string, reason: string): Promise<void>;
  announceHardware(actor: Actor, wish: { hwId: string; product: string; items: ByType }): Promise<void>;
  replaceHardware(
    actor: Actor,
    wish: { orgId: OrgId; from: string; to: string; reason: string },
  ): Promise<LicenceChange>;
  setAnchor(actor: Actor, wish: { orgId: OrgId; anchor: CivilDate; reason: string }): Promise<LicenceChange>;
  /** Organisations that have had more devices than their seats allow for. */
  growth(): Promise<{ items: GrowthReport[] }>;
}

const LEDGERS = 500;

/** @throws Fault `KEY_BATCH_KNOWN`: a batch is issued at once, and its name is how it is found again */
async function demandNewBatch({ licences }: Pick<Stores, "licences">, batch: string): Promise<void> {
  const known = (await licences.batchKeys(batch)).length;
  if (known > 0) throw new Fault("KEY_BATCH_KNOWN", { batch, keys: known });
}

export function operatorLicences(parts: LicenceParts): OperatorLicences {
  const { ports, store, catalogue } = parts;
  const told = (actor: Actor, action: string, object: string, after: unknown) => ({
    ...{ orgId: HUB_ORG, at: ports.clock.wall(), actor, action: `licence.${action}`, object, after },
  });

  async function growthOf(orgId: OrgId): Promise<GrowthReport[]> {
    const organisation = await store.read.organisations.find(orgId);
    if (!organisation || organisation.archivedAt !== null) return [];
    const book = await bookNow(parts, orgId);
    return catalogue.flatMap((product) => {
      const { growth, standing, inUse } = statusOn(eventsOf(book, product), todayOf(parts));
      if (!growth) return [];
      const { since, raisedOn, minimum } = growth;
      return [{ orgId, product: product.code, since, raisedOn, seats: standing.seats, inUse, minimum }];
    });
  }

  return {
    async issueKeys(actor, { kind, product, items, count, batch }, keep) {
      const { types, upgrades } = productOf(catalogue, product);
      const known = kind === "upgrade" ? upgrades.map(({ type }) => type) : types;
      if (items.some(({ type }) => !known.includes(type)))
        throw new Fault("MESSAGE_INVALID", { problems: [`items: expected types among ${known.join(", ")}`] });
      const keys = Array.from({ length: count }, () => newKeyText(ports.random));
      const now = ports.clock.wall();
      const records = keys.map((key) => ({
        ...{ hash: keyHash(key), hint: keyHint(key), kind, product, items, batch },
        ...{ issuedAt: now, redeemed: null, voidedAt: null },
      }));
      await demandNewBatch(store.read, batch);
      await keep?.(keys);
      await store.write(async (stores) => {
        // The audit keeps its chain's end for this transaction: two of one name come one after the other.
        await stores.audit.append([told(actor, "keys.issued", batch, { kind, product, items, count })]);
        await demandNewBatch(stores, batch);
        await stores.licences.insertKeys(records);
      });
      return { batch, keys };
    },
    async isBatch(batch, keys) {
      const kept = (await store.read.licences.batchKeys(batch)).map(({ hash }) => hash);
      return kept.length > 0 && kept.join() === keys.map(keyHash).sort().join();
    },
    async voidKey(actor, typed, reason) {
      const text = readKeyText(typed);
      await store.write(async ({ licences, audit }) => {
        const found = text === null ? null : await licences.lockKey(keyHash(text));
        if (!found || found.voidedAt !== null) throw new Fault("KEY_INVALID");
        if (found.redeemed) throw new Fault("KEY_ALREADY_REDEEMED");
        await licences.voidKey(found.hash, ports.clock.wall(), reason);
        await audit.append([told(actor, "key.voided", found.hint, { batch: found.batch, reason })]);
      });
    },
    async announceHardware(actor, hardware) {
      productOf(catalogue, hardware.product);
      await store.write(async ({ licences, audit }) => {
        const fresh = await licences.announceHardware(hardware);
        if (fresh) await audit.append([told(actor, "hardware.announced", hardware.hwId, hardware)]);
      });
    },
    replaceHardware: (actor, { orgId, from, to, reason }) =>
      run(parts, {
        ...{ orgId, actor, name: "hardware.replaced", wish: { from, to, reason }, key: undefined },
        allowed: async () => {},
        async work(sitting) {
          const { stores, desk } = sitting;
          const hardware = await stores.licences.lockHardware(from);
          if (!hardware) throw new Fault("RMA_REFUSED", { from, to });
          const held = await stores.licences.hardwareBalances(from);
          replaceHardware(desk, { product: hardware.product, from, to, reason }, held);
          await stores.licences.announceHardware({ hwId: to, product: hardware.product, items: {} });
          // What it carries came from the old one: nothing is issued for it.
          await stores.licences.activateHardware(to, desk.now);
          return showChange(sitting);
        },
      }),
    setAnchor: (actor, { orgId, anchor, reason }) =>
      run(parts, {
        ...{ orgId, actor, name: "anchor.set", wish: { anchor, reason }, key: undefined },
        allowed: async () => {},
        async work(sitting) {
          setAnchor(sitting.desk, anchor, reason);
          return showChange(sitting);
        },
      }),
    async growth() {
      const items: GrowthReport[] = [];
      let after: OrgId | null = null;
      for (;;) {
        const orgs: OrgId[] = await store.read.licences.ledgers(after, LEDGERS);
        for (const orgId of orgs) items.push(...(await growthOf(orgId)));
        after = orgs.at(-1) ?? null;
        if (orgs.length < LEDGERS) return { items };
      }
    },
  };
}
