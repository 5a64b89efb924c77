import type {
  ApiKey,
  ApiKeyId,
  ApiKeyMade,
  NewApiKey,
  NewServiceAccount,
  Page,
  ServiceAccount,
  ServiceAccountAccess,
  ServiceAccountId,
} from "@fyr/protocol";
import type { Clock, Ids, Random } from "@fyr/runtime";
import type { Member } from "../access/member.ts";
import type { PageWish } from "../ports.ts";
import type { HubStore } from "../store/store.ts";
import { accountsService } from "./accounts.ts";
import { keyService } from "./keys.ts";

/** Programs that work in an organisation, and the keys by which the API knows them. */
export interface ServiceAccountService {
  page(member: Member, page: PageWish): Promise<Page<ServiceAccount>>;
  /** @throws Fault `NOT_FOUND` */
  one(member: Member, id: ServiceAccountId): Promise<ServiceAccount>;
  /** @throws Fault `FORBIDDEN` for more than one's own role, `NOT_FOUND` for an absent folder */
  create(member: Member, wish: NewServiceAccount): Promise<ServiceAccount>;
  /** @throws Fault `NOT_FOUND`, `VERSION_CONFLICT` */
  rename(member: Member, id: ServiceAccountId, name: string, version: number): Promise<ServiceAccount>;
  /** @throws Fault `NOT_FOUND`, `VERSION_CONFLICT`, `FORBIDDEN` */
  changeAccess(
    member: Member,
    id: ServiceAccountId,
    wish: ServiceAccountAccess,
    version: number,
  ): Promise<ServiceAccount>;
  /** Its keys open nothing from the next request on, or open again. @throws Fault `NOT_FOUND` */
  setDisabled(member: Member, id: ServiceAccountId, disabled: boolean): Promise<ServiceAccount>;
  /** Those that ended are listed too. @throws Fault `NOT_FOUND` */
  keys(member: Member, id: ServiceAccountId, page: PageWish): Promise<Page<ApiKey>>;
  /** @throws Fault `NOT_FOUND` */
  createKey(member: Member, id: ServiceAccountId, wish: NewApiKey): Promise<ApiKeyMade>;
  /** Another token for as long again; the old one opens nothing any more. @throws Fault `NOT_FOUND` */
  rotateKey(member: Member, id: ServiceAccountId, keyId: ApiKeyId): Promise<ApiKeyMade>;
  /** For ever. @throws Fault `NOT_FOUND` */
  revokeKey(member: Member, id: ServiceAccountId, keyId: ApiKeyId): Promise<void>;
}

export interface ServiceAccountPorts {
  readonly clock: Pick<Clock, "wall">;
  readonly ids: Ids;
  readonly random: Random;
}

export const serviceAccountService = (
  ports: ServiceAccountPorts,
  store: HubStore,
): ServiceAccountService => ({
  ...accountsService(ports, store),
  ...keyService(ports, store),
});
