import { NewOrganisation, Organisation, page, PageQuery } from "@fyr/protocol";
import { knownRoute, memberRoute, personRoute } from "../route.ts";
import { OrgParams } from "./params.ts";

export const organisations = [
  knownRoute({
    name: "listOrganisations",
    method: "GET",
    path: "/orgs",
    summary: "The organisations that you are a member of",
    query: PageQuery,
    answer: page(Organisation),
    run: ({ services }, { caller, query }) => services.organisations(caller, query),
  }),
  personRoute({
    name: "createOrganisation",
    method: "POST",
    path: "/orgs",
    summary: "Make an organisation; you own it",
    body: NewOrganisation,
    repeatable: true,
    status: 201,
    answer: Organisation,
    run: ({ services }, { person, body, idempotencyKey }) =>
      services.createOrganisation(person, body, idempotencyKey),
  }),
  memberRoute({
    name: "getOrganisation",
    method: "GET",
    path: "/orgs/:orgId",
    action: "organisation.read",
    summary: "One organisation",
    params: OrgParams,
    answer: Organisation,
    run: ({ services }, { member }) => services.organisation(member),
  }),
];
