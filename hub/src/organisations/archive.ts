import {
  Fault,
  type ArchivedOrganisation,
  type ArchiveLoss,
  type ArchiveOrganisation,
  type ArchivePreview,
  type Language,
  type OrgId,
} from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import type { Post } from "../mail/post.ts";
import type { HubPorts } from "../ports.ts";
import type { TellLoss } from "../licences/loss.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { showOrganisation } from "./show.ts";
import { archiveWarnings } from "./warnings.ts";

/** Closes an organisation for good; nothing in it is erased (R-165 to R-172, C-04). */
export interface ArchiveServices {
  previewArchive(member: Member, language: Language): Promise<ArchivePreview>;
  /** @throws Fault ORG_ID_MISMATCH when the pasted id is another's */
  archiveOrganisation(member: Member, wish: ArchiveOrganisation): Promise<ArchivedOrganisation>;
}

type ArchivePorts = Pick<HubPorts, "clock" | "connections"> & {
  readonly post: Post;
  readonly licenceLoss: TellLoss;
};

const lossIn = async (stores: Stores, orgId: OrgId, licenceLoss: TellLoss): Promise<ArchiveLoss> => ({
  ...(await stores.organisations.holds(orgId)),
  licences: await licenceLoss(stores, orgId),
});

export const archiveService = (
  { clock, connections, post, licenceLoss }: ArchivePorts,
  store: HubStore,
): ArchiveServices => ({
  async previewArchive({ orgId }, language) {
    const lost = await lossIn(store.read, orgId, licenceLoss);
    return { id: orgId, lost, warnings: archiveWarnings(language) };
  },
  async archiveOrganisation({ orgId, actor }, { id }) {
    if (id !== orgId) throw new Fault("ORG_ID_MISMATCH");
    const done = await store.write(async (stores) => {
      const { organisations, mails, audit } = stores;
      const found = await organisations.lock(orgId);
      if (!found) throw new Fault("NOT_FOUND");
      if (found.archivedAt !== null) throw new Fault("ORG_ARCHIVED", { orgId, archivedAt: found.archivedAt });
      // What moves licences at this moment is finished first, so that what is told is what is lost.
      await stores.licences.lockLedgers([orgId]);
      const lost = await lossIn(stores, orgId, licenceLoss);
      const at = clock.wall();
      const organisation = { ...found, archivedAt: at, archivedBy: actor, version: found.version + 1 };
      await organisations.save(organisation);
      const entry = { orgId, at, actor, action: "organisation.archived", object: orgId };
      await audit.append([{ ...entry, after: lost }]);
      const letter = { kind: "organisation_archived", organisation: found.name, orgId } as const;
      for (const { email: to, language } of await organisations.owners(orgId))
        await post.put(mails, { to, language, letter });
      return { organisation: showOrganisation(organisation), lost };
    });
    for (const agentId of await store.read.organisations.enrolledAgents(orgId)) connections.cut(agentId);
    return done;
  },
});
