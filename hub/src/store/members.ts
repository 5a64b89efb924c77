import type { MemberStore } from "../members/store.ts";
import type { Access } from "./tables.ts";

export const memberStore = ({ within }: Access): MemberStore => ({
  async insert(
    { orgId, principalId, kind, role, owner, active, pending, invitedBy, joinedAt, version },
    grants,
  ) {
    const org = within(orgId);
    await org
      .insert("members", {
        principal_id: principalId,
        ...{ kind, role, pending, invited_by: invitedBy, joined_at: joinedAt, version },
        ...{ owner: owner ? 1 : 0, active: active ? 1 : 0 },
      })
      .execute();
    for (const { folderId, role: granted } of grants) {
      const grant = { principal_id: principalId, folder_id: folderId, role: granted, created_at: joinedAt };
      await org.insert("grants", grant).execute();
    }
  },
});
