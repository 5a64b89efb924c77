import { FolderId, type OrgId } from "@fyr/protocol";

/** The root of an organisation's folders has the organisation's own id, so that it is known without a question. */
export const defaultFolderOf = (orgId: OrgId): FolderId => FolderId.parse(orgId);
