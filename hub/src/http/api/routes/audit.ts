import { Readable } from "node:stream";
import { AuditEntry, AuditExportQuery, AuditQuery, HubKey, page, PageQuery } from "@fyr/protocol";
import { FileAnswer, knownRoute, memberRoute } from "../route.ts";
import { OrgParams } from "./params.ts";

export const audit = [
  memberRoute({
    name: "listAudit",
    method: "GET",
    path: "/orgs/:orgId/audit",
    action: "audit.read",
    summary: "Who changed what in an organisation; operators and viewers see their own entries",
    params: OrgParams,
    query: AuditQuery,
    answer: page(AuditEntry),
    run: ({ services }, { member, query }) => services.audit(member, query),
  }),
  memberRoute({
    name: "exportAudit",
    method: "GET",
    path: "/orgs/:orgId/audit/export",
    action: "audit.read",
    summary: "The audit as a file, oldest first: CSV, or lines of JSON that the hub signs",
    stepUp: true,
    params: OrgParams,
    query: AuditExportQuery,
    download: ["text/csv", "application/jsonl"],
    answer: FileAnswer,
    async run({ services }, { member, query }) {
      const { type, name, text } = await services.exportAudit(member, query);
      // In bytes, or a stream of texts would read sixteen batches ahead.
      return { type, fileName: name, bytes: Readable.from(text, { objectMode: false }) };
    },
  }),
  knownRoute({
    name: "listHubKeys",
    method: "GET",
    path: "/signing-keys",
    summary: "The public keys by which what this hub signed can be checked",
    query: PageQuery,
    answer: page(HubKey),
    run: ({ services }) => Promise.resolve({ items: [...services.hubKeys()], next: null }),
  }),
];
