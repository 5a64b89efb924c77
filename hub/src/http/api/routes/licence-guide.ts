import { LicenceGuide, LicenceHelp, LicenceHelpQuery, SuppliedGuide } from "@fyr/protocol";
import { memberRoute, operatorRoute } from "../route.ts";
import { OrgParams } from "./params.ts";

/** How to get licences and from whom: what the hub's operator supplied, and what members see of it. */
export const licenceGuide = [
  memberRoute({
    name: "getLicenceHelp",
    method: "GET",
    path: "/orgs/:orgId/licences/help",
    action: "licence.read",
    summary: "The licence guide, the three ways to get licensed, and where to buy in a country",
    params: OrgParams,
    query: LicenceHelpQuery,
    answer: LicenceHelp,
    run: ({ services }, { query }) => services.licences.guide.help(query),
  }),
  operatorRoute({
    name: "getLicenceGuide",
    method: "GET",
    path: "/licences/guide",
    summary: "What was supplied about getting licences; version 0 before anything was",
    answer: SuppliedGuide,
    run: ({ services }) => services.licences.guide.supplied(),
  }),
  operatorRoute({
    name: "supplyLicenceGuide",
    method: "PUT",
    path: "/licences/guide",
    summary: "Supply guides, ways and sellers, in both languages, in place of what was there",
    body: LicenceGuide,
    versioned: true,
    answer: SuppliedGuide,
    run: ({ services }, { body, ifMatch }) => services.licences.guide.supply("operator", body, ifMatch),
  }),
];
