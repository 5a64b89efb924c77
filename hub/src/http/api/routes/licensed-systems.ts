import {
  HardwareRegistration,
  RegisterHardware,
  RemoveSystem,
  SystemRemoval,
  SystemUpload,
  UploadSystemFile,
} from "@fyr/protocol";
import { z } from "zod";
import { memberRoute } from "../route.ts";
import { OrgParams } from "./params.ts";

/** Systems without a network, and hardware that carries licences. */
export const licensedSystems = [
  memberRoute({
    name: "uploadSystemFile",
    method: "POST",
    path: "/orgs/:orgId/licences/system-files",
    action: "licence.offline",
    summary: "Register a system by the file that it wrote, or end that by its deactivation file",
    params: OrgParams,
    body: UploadSystemFile,
    repeatable: true,
    answer: SystemUpload,
    run: ({ services }, { member, body, idempotencyKey }) =>
      services.licences.upload(member, body.file, body.preview, idempotencyKey),
  }),
  memberRoute({
    name: "issueLicenceFile",
    method: "POST",
    path: "/orgs/:orgId/licences/licence-files",
    action: "licence.offline",
    summary: "The signed licence file for a system without a network",
    params: OrgParams,
    body: RemoveSystem,
    answer: z.strictObject({ name: z.string(), text: z.string() }),
    run: ({ services }, { member, body }) => services.licences.file(member, body.systemId),
  }),
  memberRoute({
    name: "registerHardware",
    method: "POST",
    path: "/orgs/:orgId/licences/hardware",
    action: "agent.register",
    summary: "Register hardware that carries licences, which are active at once, or see for whom",
    params: OrgParams,
    body: RegisterHardware,
    repeatable: true,
    answer: HardwareRegistration,
    run: ({ services }, { member, body: { preview = false, ...wish }, idempotencyKey }) =>
      services.licences.registerHardware(member, wish, preview, idempotencyKey),
  }),
  memberRoute({
    name: "removeSystem",
    method: "POST",
    path: "/orgs/:orgId/licences/remove-system",
    action: "agent.register",
    summary: "Remove a system; what its hardware carries stays with it",
    params: OrgParams,
    body: RemoveSystem,
    repeatable: true,
    answer: SystemRemoval,
    run: ({ services }, { member, body, idempotencyKey }) =>
      services.licences.remove(member, body.systemId, idempotencyKey),
  }),
];
