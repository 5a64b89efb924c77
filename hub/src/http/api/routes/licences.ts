import { Readable } from "node:stream";
import {
  AllocateLicences,
  ApplyUpgrade,
  ChooseUncovered,
  DeviceCover,
  DeviceId,
  ExtendSystem,
  LicenceChange,
  LicenceCover,
  LicenceHistoryQuery,
  LicenceNotice,
  LicencePosting,
  LicenceRecord,
  LicenceStock,
  LicenceYear,
  LicensedSystem,
  page,
  PageQuery,
  PostingsQuery,
  ProductLicences,
  ProductQuery,
  RedeemKey,
  ReleaseLicences,
  StartSubscription,
  TransferLicences,
} from "@fyr/protocol";
import { z } from "zod";
import type { CivilDate } from "../../../licences/civil-date.ts";
import type { TxType } from "../../../licences/journal.ts";
import type { ExportedFile } from "../../../ports.ts";
import { FileAnswer, memberRoute } from "../route.ts";
import { OrgParams } from "./params.ts";

const all = <T extends z.ZodType>(item: T) => z.strictObject({ items: z.array(item) });

const asFile = ({ name, type, text }: ExportedFile): FileAnswer => ({
  ...{ type, fileName: name },
  bytes: Readable.from(text),
});

/** What people see of licences; the balance behind a figure and the postings that sum to it are one question apart. */
const looking = [
  memberRoute({
    name: "getLicences",
    method: "GET",
    path: "/orgs/:orgId/licences",
    action: "licence.read",
    summary: "Each product with its status, need, seats and wallet",
    params: OrgParams,
    answer: all(ProductLicences),
    run: ({ services }, { member }) => services.licences.overview(member),
  }),
  memberRoute({
    name: "getLicenceYears",
    method: "GET",
    path: "/orgs/:orgId/licences/years",
    action: "licence.read",
    summary: "A product's current year and those that can be filled ahead",
    params: OrgParams,
    query: ProductQuery,
    answer: all(LicenceYear),
    run: ({ services }, { member, query }) => services.licences.years(member, query.product),
  }),
  memberRoute({
    name: "getWallet",
    method: "GET",
    path: "/orgs/:orgId/licences/wallet",
    action: "licence.read",
    summary: "What the wallets hold, lot by lot",
    params: OrgParams,
    answer: all(LicenceStock),
    run: ({ services }, { member }) => services.licences.wallet(member),
  }),
  memberRoute({
    name: "getLicensedSystems",
    method: "GET",
    path: "/orgs/:orgId/licences/systems",
    action: "licence.read",
    summary: "Systems that are registered for their licences, with capacity and shortage",
    params: OrgParams,
    answer: all(LicensedSystem),
    run: ({ services }, { member }) => services.licences.systems(member),
  }),
  memberRoute({
    name: "listLicenceHistory",
    method: "GET",
    path: "/orgs/:orgId/licences/history",
    action: "licence.history",
    summary: "Every movement of licences, newest first",
    params: OrgParams,
    query: LicenceHistoryQuery,
    answer: page(LicenceRecord),
    run: ({ services }, { member, query: { product, type, actor, from, to, ...wish } }) =>
      services.licences.history(
        member,
        { product, type: type as TxType | undefined, actor, from: from as CivilDate, to: to as CivilDate },
        wish,
      ),
  }),
  memberRoute({
    name: "getPostings",
    method: "GET",
    path: "/orgs/:orgId/licences/postings",
    action: "licence.history",
    summary: "The postings that sum to a balance, oldest first",
    params: OrgParams,
    query: PostingsQuery,
    answer: page(LicencePosting),
    run: ({ services }, { member, query: { account, commodity, ...wish } }) =>
      services.licences.postings(member, { account, commodity }, wish),
  }),
  memberRoute({
    name: "exportLicenceHistory",
    method: "GET",
    path: "/orgs/:orgId/licences/export",
    action: "licence.history",
    summary: "The whole history as a file: CSV, or JSON that the hub signed",
    params: OrgParams,
    query: z.strictObject({ format: z.enum(["csv", "json"]).default("json") }),
    download: ["text/csv", "application/jsonl"],
    answer: FileAnswer,
    run: async ({ services }, { member, query }) =>
      asFile(await services.licences.exportHistory(member, query.format)),
  }),
  memberRoute({
    name: "getLicenceCover",
    method: "GET",
    path: "/orgs/:orgId/licences/cover",
    action: "licence.read",
    summary: "How many devices of a product are covered, and which are not",
    params: OrgParams,
    query: ProductQuery,
    answer: LicenceCover,
    run: ({ services }, { member, query }) => services.licences.cover(member, query.product),
  }),
  memberRoute({
    name: "getLicenceNotices",
    method: "GET",
    path: "/orgs/:orgId/licences/notices",
    action: "licence.read",
    summary: "What ends soon or has ended, as the admins are told by mail",
    params: OrgParams,
    answer: all(LicenceNotice),
    run: ({ services }, { member }) => services.licences.notices(member),
  }),
  memberRoute({
    name: "listDeviceCover",
    method: "GET",
    path: "/orgs/:orgId/licences/devices",
    action: "licence.cover",
    summary: "Whether a licence covers each device, for the devices that the member reaches",
    params: OrgParams,
    query: PageQuery,
    answer: page(DeviceCover),
    run: ({ services }, { member, query }) => services.licences.deviceCovers(member, query),
  }),
  memberRoute({
    name: "getDeviceCover",
    method: "GET",
    path: "/orgs/:orgId/licences/devices/:deviceId",
    action: "licence.cover",
    summary: "Whether a licence covers one device",
    params: OrgParams.extend({ deviceId: DeviceId }),
    answer: DeviceCover,
    run: ({ services }, { member, params }) => services.licences.deviceCover(member, params.deviceId),
  }),
];

/** What moves licences: each is repeated safely with its key, and shows what it would do when asked for a preview. */
const moving = [
  memberRoute({
    name: "startSubscription",
    method: "POST",
    path: "/orgs/:orgId/licences/start",
    action: "licence.start",
    summary: "Start a product's subscription and its trial, or see for whom",
    params: OrgParams,
    body: StartSubscription,
    repeatable: true,
    answer: LicenceChange,
    run: ({ services }, { member, body, idempotencyKey }) =>
      services.licences.start(member, body.product, body.preview ?? false, idempotencyKey),
  }),
  memberRoute({
    name: "redeemKey",
    method: "POST",
    path: "/orgs/:orgId/licences/redeem",
    action: "licence.redeem",
    summary: "Redeem a licence key into the wallet, all of it",
    params: OrgParams,
    body: RedeemKey,
    repeatable: true,
    answer: LicenceChange,
    run: ({ services }, { member, body, idempotencyKey }) =>
      body.preview
        ? services.licences.previewRedeem(member, body.key)
        : services.licences.redeem(member, body.key, idempotencyKey),
  }),
  memberRoute({
    name: "allocateLicences",
    method: "POST",
    path: "/orgs/:orgId/licences/allocate",
    action: "licence.allocate",
    summary: "Fill subscription years from the wallet, all of them or none",
    params: OrgParams,
    body: AllocateLicences,
    repeatable: true,
    answer: LicenceChange,
    run: ({ services }, { member, body: { preview, ...wish }, idempotencyKey }) =>
      services.licences.allocate(member, wish, preview, idempotencyKey),
  }),
  memberRoute({
    name: "releaseLicences",
    method: "POST",
    path: "/orgs/:orgId/licences/release",
    action: "licence.allocate",
    summary: "Take an allocation back: of a year to come, or of the current one within 24 hours",
    params: OrgParams,
    body: ReleaseLicences,
    repeatable: true,
    answer: LicenceChange,
    run: ({ services }, { member, body, idempotencyKey }) =>
      services.licences.release(member, body.allocation, body.preview, idempotencyKey),
  }),
  memberRoute({
    name: "transferLicences",
    method: "POST",
    path: "/orgs/:orgId/licences/transfer",
    action: "licence.transfer",
    summary: "Move unused licences to another organisation, all lines or none",
    params: OrgParams,
    body: TransferLicences,
    repeatable: true,
    answer: LicenceChange,
    run: ({ services }, { member, body, idempotencyKey }) =>
      services.licences.transfer(member, body, idempotencyKey),
  }),
  memberRoute({
    name: "extendSystem",
    method: "POST",
    path: "/orgs/:orgId/licences/extend",
    action: "licence.extend",
    summary: "Put extension licences on one piece of hardware, for its life",
    params: OrgParams,
    body: ExtendSystem,
    repeatable: true,
    answer: LicenceChange,
    run: ({ services }, { member, body: { preview, ...wish }, idempotencyKey }) =>
      services.licences.extend(member, wish, preview, idempotencyKey),
  }),
  memberRoute({
    name: "upgradeLicences",
    method: "POST",
    path: "/orgs/:orgId/licences/upgrade",
    action: "licence.extend",
    summary: "Use upgrade licences on as many existing ones",
    params: OrgParams,
    body: ApplyUpgrade,
    repeatable: true,
    answer: LicenceChange,
    run: ({ services }, { member, body: { preview, ...wish }, idempotencyKey }) =>
      services.licences.upgrade(member, wish, preview, idempotencyKey),
  }),
  memberRoute({
    name: "chooseUncovered",
    method: "POST",
    path: "/orgs/:orgId/licences/uncovered",
    action: "licence.allocate",
    summary: "Say which devices go without cover when there are too few licences",
    params: OrgParams,
    body: ChooseUncovered,
    answer: LicenceCover,
    run: ({ services }, { member, body }) => services.licences.chooseUncovered(member, body),
  }),
];

export const licences = [...looking, ...moving];
