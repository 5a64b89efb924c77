import {
  ApiKey,
  ApiKeyId,
  ApiKeyMade,
  NewApiKey,
  NewServiceAccount,
  page,
  PageQuery,
  ServiceAccount,
  ServiceAccountAccess,
  ServiceAccountChange,
  ServiceAccountId,
} from "@fyr/protocol";
import { memberRoute, Nothing } from "../route.ts";
import { OrgParams } from "./params.ts";

const AccountParams = OrgParams.extend({ serviceAccountId: ServiceAccountId });
const KeyParams = AccountParams.extend({ keyId: ApiKeyId });

const ALL = "/orgs/:orgId/service-accounts";
const ONE = `${ALL}/:serviceAccountId`;
const KEYS = `${ONE}/keys`;
const action = "service.manage";

const accounts = [
  memberRoute({
    name: "listServiceAccounts",
    method: "GET",
    path: ALL,
    action,
    summary: "The programs that are members of an organisation",
    params: OrgParams,
    query: PageQuery,
    answer: page(ServiceAccount),
    run: ({ services }, { member, query }) => services.serviceAccounts.page(member, query),
  }),
  memberRoute({
    name: "createServiceAccount",
    method: "POST",
    path: ALL,
    action,
    summary: "Make an account for a program, with a role of at most your own",
    params: OrgParams,
    body: NewServiceAccount,
    stepUp: true,
    status: 201,
    answer: ServiceAccount,
    run: ({ services }, { member, body }) => services.serviceAccounts.create(member, body),
  }),
  memberRoute({
    name: "getServiceAccount",
    method: "GET",
    path: ONE,
    action,
    summary: "One service account",
    params: AccountParams,
    answer: ServiceAccount,
    run: ({ services }, { member, params }) => services.serviceAccounts.one(member, params.serviceAccountId),
  }),
  memberRoute({
    name: "renameServiceAccount",
    method: "PATCH",
    path: ONE,
    action,
    summary: "Give a service account another name",
    params: AccountParams,
    body: ServiceAccountChange,
    versioned: true,
    answer: ServiceAccount,
    run: ({ services }, { member, params, body, ifMatch }) =>
      services.serviceAccounts.rename(member, params.serviceAccountId, body.name, ifMatch),
  }),
  memberRoute({
    name: "changeServiceAccess",
    method: "PUT",
    path: `${ONE}/access`,
    action,
    summary: "Give a service account another role and folders; counts from its next request on",
    params: AccountParams,
    body: ServiceAccountAccess,
    versioned: true,
    stepUp: true,
    answer: ServiceAccount,
    run: ({ services }, { member, params, body, ifMatch }) =>
      services.serviceAccounts.changeAccess(member, params.serviceAccountId, body, ifMatch),
  }),
  memberRoute({
    name: "disableServiceAccount",
    method: "POST",
    path: `${ONE}/disable`,
    action,
    summary: "Let none of its keys open anything, from the next request on",
    params: AccountParams,
    answer: ServiceAccount,
    run: ({ services }, { member, params }) =>
      services.serviceAccounts.setDisabled(member, params.serviceAccountId, true),
  }),
  memberRoute({
    name: "enableServiceAccount",
    method: "POST",
    path: `${ONE}/enable`,
    action,
    summary: "Let its keys open again what they opened before",
    params: AccountParams,
    stepUp: true,
    answer: ServiceAccount,
    run: ({ services }, { member, params }) =>
      services.serviceAccounts.setDisabled(member, params.serviceAccountId, false),
  }),
];

const keys = [
  memberRoute({
    name: "listApiKeys",
    method: "GET",
    path: KEYS,
    action,
    summary: "The keys of a service account and when they were last used",
    params: AccountParams,
    query: PageQuery,
    answer: page(ApiKey),
    run: ({ services }, { member, params, query }) =>
      services.serviceAccounts.keys(member, params.serviceAccountId, query),
  }),
  memberRoute({
    name: "createApiKey",
    method: "POST",
    path: KEYS,
    action,
    summary: "Make a key; the answer shows it, once",
    params: AccountParams,
    body: NewApiKey,
    stepUp: true,
    status: 201,
    answer: ApiKeyMade,
    run: ({ services }, { member, params, body }) =>
      services.serviceAccounts.createKey(member, params.serviceAccountId, body),
  }),
  memberRoute({
    name: "rotateApiKey",
    method: "POST",
    path: `${KEYS}/:keyId/rotate`,
    action,
    summary: "Make the key's token anew; the old one opens nothing any more",
    params: KeyParams,
    stepUp: true,
    answer: ApiKeyMade,
    run: ({ services }, { member, params }) =>
      services.serviceAccounts.rotateKey(member, params.serviceAccountId, params.keyId),
  }),
  memberRoute({
    name: "revokeApiKey",
    method: "DELETE",
    path: `${KEYS}/:keyId`,
    action,
    summary: "End a key for ever",
    params: KeyParams,
    status: 204,
    answer: Nothing,
    run: ({ services }, { member, params }) =>
      services.serviceAccounts.revokeKey(member, params.serviceAccountId, params.keyId),
  }),
];

export const serviceAccounts = [...accounts, ...keys];
