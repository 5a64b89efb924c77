import { may } from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import { pageOf } from "../paging.ts";
import type { HubPorts, Services } from "../ports.ts";
import type { HubStore } from "../store/store.ts";
import { auditCsv, auditJson } from "./export.ts";
import type { Whose } from "./store.ts";

export type AuditService = Pick<Services, "audit" | "exportAudit" | "hubKeys">;

/** Whose entries the member may see: everybody's, or the own ones alone (access.md 3.3, row 59). */
const whoseFor = (member: Member): Whose =>
  may(member, "audit.read", { own: false }).kind === "allowed" ? "everybody" : { actor: member.actor };

export const auditService = (
  { clock, exports, licenceFiles }: HubPorts,
  { read }: HubStore,
): AuditService => ({
  async audit(member, wish) {
    const found = await read.audit.page(member.orgId, wish, whoseFor(member));
    return pageOf(
      found,
      wish,
      ({ seq }) => String(seq),
      (entry) => entry,
    );
  },
  async exportAudit(member, { format, ...filter }) {
    const { orgId } = member;
    const head = await read.audit.head(orgId);
    const wanted = { orgId, filter, whose: whoseFor(member), head, at: clock.wall() };
    const name = `audit-${orgId}-${head.seq}`;
    return format === "csv"
      ? { name: `${name}.csv`, type: "text/csv; charset=utf-8", text: auditCsv(read.audit, wanted) }
      : { name: `${name}.jsonl`, type: "application/jsonl", text: auditJson(read.audit, exports, wanted) };
  },
  hubKeys: () => [
    { use: "exports", keyid: exports.keyid, publicKey: exports.publicKey },
    { use: "licences", keyid: licenceFiles.keyid, publicKey: licenceFiles.publicKey },
  ],
});
