import { Fault, type LicenceChange } from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import { demandStill, run, tryOut, type LicenceParts, type Sitting } from "./command.ts";
import { keyHash, readKeyText } from "./key-text.ts";
import { redeem } from "./redeem.ts";
import type { KeyRecord } from "./store.ts";
import { showChange } from "./view.ts";

const TRIES = 10;
const HOUR_MS = 3_600_000;

const invalid = (): Fault => new Fault("KEY_INVALID");

/** What a key that was used before says: who and when to its own organisation, nothing to another (L-02). */
function usedBefore({ redeemed }: KeyRecord, orgId: string): Fault | null {
  if (!redeemed) return null;
  const own = redeemed.orgId === orgId;
  return new Fault("KEY_ALREADY_REDEEMED", own ? { by: redeemed.actor, at: redeemed.at } : {});
}

/** Products of which the organisation has hardware that carries licences. */
export async function hardwareProducts({
  stores,
  orgId,
}: Pick<Sitting, "stores" | "orgId">): Promise<ReadonlySet<string>> {
  const systems = await stores.licences.systems(orgId);
  return new Set(systems.filter(({ licensing }) => licensing === "hardware").map(({ product }) => product));
}

interface RedeemWish {
  readonly text: string;
  readonly preview: boolean;
}

/**
 * Redeems a licence key, or shows what it holds and for whom (L-04): unknown, mistyped and voided keys have one answer,
 * and ten wrong ones in an hour are enough.
 *
 * @throws Fault `KEY_INVALID`, `KEY_ALREADY_REDEEMED`, `TOO_MANY_REQUESTS`
 */
export async function redeemKey(
  parts: LicenceParts,
  member: Member,
  { text: typed, preview }: RedeemWish,
  key: string | undefined,
): Promise<LicenceChange> {
  const { ports, store } = parts;
  const { orgId, actor } = member;
  const now = ports.clock.wall();
  if ((await store.read.licences.failedTries(actor, now - HOUR_MS)) >= TRIES)
    throw new Fault("TOO_MANY_REQUESTS", { retryAfterMs: HOUR_MS });
  const text = readKeyText(typed);
  const hash = text === null ? "" : keyHash(text);
  try {
    if (preview)
      return await tryOut(parts, orgId, actor, async (sitting) => {
        await take(sitting, hash);
        return showChange(sitting, true);
      });
    return await run(parts, {
      ...{ orgId, actor, name: "key.redeemed", wish: { hash }, key },
      allowed: (stores) => demandStill(stores, member, orgId, "licence.redeem"),
      async work(sitting) {
        await take(sitting, hash);
        await sitting.stores.licences.redeemKey(hash, { orgId, actor, at: now });
        return showChange(sitting);
      },
    });
  } catch (error) {
    if (error instanceof Fault && error.code === "KEY_INVALID")
      await store.write(({ licences }) => licences.failTry(ports.ids.next(), actor, now));
    throw error;
  }
}

/** @throws Fault `KEY_INVALID`, `KEY_ALREADY_REDEEMED` */
async function take(sitting: Sitting, hash: string): Promise<void> {
  const found = await sitting.stores.licences.lockKey(hash);
  if (!found || found.voidedAt !== null) throw invalid();
  const used = usedBefore(found, sitting.orgId);
  if (used) throw used;
  redeem(sitting.desk, found, await hardwareProducts(sitting));
}
