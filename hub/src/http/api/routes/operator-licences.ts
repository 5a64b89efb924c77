import {
  AnnounceHardware,
  GrowthReport,
  IssuedKeys,
  IssueKeys,
  LicenceChange,
  ReplaceHardware,
  SetAnchor,
  VoidKey,
} from "@fyr/protocol";
import { z } from "zod";
import type { CivilDate } from "../../../licences/civil-date.ts";
import { Nothing, operatorRoute } from "../route.ts";

const OPERATOR = "operator";

/** What the hub's operator does with licences; written in the audit under that name. */
export const operatorLicences = [
  operatorRoute({
    name: "issueKeys",
    method: "POST",
    path: "/licences/keys",
    summary: "Make licence keys for sale; their texts are shown this once",
    body: IssueKeys,
    status: 201,
    answer: IssuedKeys,
    run: ({ services }, { body }) => services.licences.operator.issueKeys(OPERATOR, body),
  }),
  operatorRoute({
    name: "voidKey",
    method: "POST",
    path: "/licences/keys/void",
    summary: "Make a licence key worthless, as long as nobody redeemed it",
    body: VoidKey,
    status: 204,
    answer: Nothing,
    run: ({ services }, { body }) => services.licences.operator.voidKey(OPERATOR, body.key, body.reason),
  }),
  operatorRoute({
    name: "announceHardware",
    method: "POST",
    path: "/licences/hardware",
    summary: "Say which licences a piece of hardware is sold with",
    body: AnnounceHardware,
    status: 204,
    answer: Nothing,
    run: ({ services }, { body: { hardware, ...rest } }) =>
      services.licences.operator.announceHardware(OPERATOR, { hwId: hardware, ...rest }),
  }),
  operatorRoute({
    name: "replaceHardware",
    method: "POST",
    path: "/licences/hardware/replace",
    summary: "Move the licences of broken hardware to what replaces it",
    body: ReplaceHardware,
    answer: LicenceChange,
    run: ({ services }, { body }) => services.licences.operator.replaceHardware(OPERATOR, body),
  }),
  operatorRoute({
    name: "setAnchor",
    method: "POST",
    path: "/licences/anchor",
    summary: "Set another first day of an organisation's years, as long as nothing was ever allocated",
    body: SetAnchor,
    answer: LicenceChange,
    run: ({ services }, { body: { anchor, ...rest } }) =>
      services.licences.operator.setAnchor(OPERATOR, { ...rest, anchor: anchor as CivilDate }),
  }),
  operatorRoute({
    name: "getGrowth",
    method: "GET",
    path: "/licences/growth",
    summary: "Organisations with more devices than their seats allow for",
    answer: z.strictObject({ items: z.array(GrowthReport) }),
    run: ({ services }) => services.licences.operator.growth(),
  }),
];
