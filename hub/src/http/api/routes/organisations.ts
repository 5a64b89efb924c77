import { AuditEntry, NewOrganisation, Organisation, OrgId, page, PageQuery } from "@fyr/protocol";
import { z } from "zod";
import type { Services } from "../../../ports.ts";
import { route } from "../route.ts";

export const OrgParams = z.object({ orgId: OrgId });

/** @throws Fault `NOT_FOUND`: a list of nothing is not the same as a list that there cannot be */
export const known = async (services: Services, orgId: OrgId): Promise<OrgId> =>
  (await services.organisation(orgId)).id;

export const organisations = [
  route({
    name: "listOrganisations",
    method: "GET",
    path: "/orgs",
    who: "operator",
    summary: "All organisations",
    query: PageQuery,
    answer: page(Organisation),
    run: ({ services }, { query }) => services.organisations(query),
  }),
  route({
    name: "createOrganisation",
    method: "POST",
    path: "/orgs",
    who: "operator",
    summary: "Make an organisation",
    body: NewOrganisation,
    status: 201,
    answer: Organisation,
    run: ({ services }, { actor, body }) => services.createOrganisation(actor, body.name),
  }),
  route({
    name: "getOrganisation",
    method: "GET",
    path: "/orgs/:orgId",
    who: "operator",
    summary: "One organisation",
    params: OrgParams,
    answer: Organisation,
    run: ({ services }, { params }) => services.organisation(params.orgId),
  }),
  route({
    name: "listAudit",
    method: "GET",
    path: "/orgs/:orgId/audit",
    who: "operator",
    summary: "Who changed what in an organisation, oldest first",
    params: OrgParams,
    query: PageQuery,
    answer: page(AuditEntry),
    run: async ({ services }, { params, query }) =>
      services.audit(await known(services, params.orgId), query),
  }),
];
