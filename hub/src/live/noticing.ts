import type { OrgId } from "@fyr/protocol";
import type { HubStore, Stores } from "../store/store.ts";

/** The same store, which tells after each change whose audit grew. */
export const noticing = (store: HubStore, changed: (orgs: ReadonlySet<OrgId>) => void): HubStore => ({
  ...store,
  async write(work) {
    const grown = new Set<OrgId>();
    const watched = (stores: Stores): Stores => ({
      ...stores,
      audit: {
        ...stores.audit,
        append(changes) {
          for (const { orgId } of changes) grown.add(orgId);
          return stores.audit.append(changes);
        },
      },
    });
    const done = await store.write((stores) => {
      grown.clear();
      return work(watched(stores));
    });
    if (grown.size > 0) changed(grown);
    return done;
  },
});
