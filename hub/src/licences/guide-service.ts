import { Fault, type LicenceGuide, type LicenceHelp, type SuppliedGuide } from "@fyr/protocol";
import type { Actor } from "../ports.ts";
import { HUB_ORG } from "../upgrades/image-service.ts";
import { productOf } from "./book.ts";
import type { LicenceParts } from "./command.ts";
import { demandTrue, helpFor, NO_GUIDE } from "./guide.ts";

/** Where people are told how to get licences, and by whom. */
export interface GuideService {
  help(wish: { product?: string | undefined; country?: string | undefined }): Promise<LicenceHelp>;
  supplied(): Promise<SuppliedGuide>;
  /**
   * Puts another document in place of the one of that version, whole.
   *
   * @throws Fault `VERSION_CONFLICT`, `PRODUCT_UNKNOWN`, `MESSAGE_INVALID`
   */
  supply(actor: Actor, guide: LicenceGuide, version: number): Promise<SuppliedGuide>;
}

export function guideService({ ports, store, catalogue }: LicenceParts): GuideService {
  const supplied = async (): Promise<SuppliedGuide> => (await store.read.licences.guide()) ?? NO_GUIDE;
  return {
    supplied,
    async help(wish) {
      if (wish.product !== undefined) productOf(catalogue, wish.product);
      return helpFor(await supplied(), wish);
    },
    async supply(actor, guide, version) {
      demandTrue(guide, catalogue);
      return store.write(async ({ licences, audit }) => {
        const before = (await licences.guide()) ?? NO_GUIDE;
        const next = { version: version + 1, suppliedAt: ports.clock.wall(), guide };
        if (before.version !== version || !(await licences.insertGuide(next, actor)))
          throw new Fault("VERSION_CONFLICT", { version: before.version });
        const { guides, ways, sellers } = guide;
        const after = { guides: guides.length, ways: ways.length, sellers: sellers.length };
        const entry = { orgId: HUB_ORG, at: next.suppliedAt, actor, action: "licence.guide.supplied" };
        await audit.append([{ ...entry, object: String(next.version), after }]);
        return next;
      });
    },
  };
}
