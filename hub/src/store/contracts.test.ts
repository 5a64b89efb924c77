import { afterAll, beforeAll, describe } from "vitest";
import { accountStoreContract } from "../accounts/store.contract.ts";
import { auditStoreContract } from "../audit/store.contract.ts";
import { enrolmentStoreContract } from "../enrolment/store.contract.ts";
import { fleetStoreContract } from "../fleet/store.contract.ts";
import { syncStoreContract } from "../fleet/sync/store.contract.ts";
import { licenceStoreContract } from "../licences/store.contract.ts";
import { mailStoreContract } from "../mail/store.contract.ts";
import { idempotencyStoreContract } from "../idempotency/store.contract.ts";
import { invitationStoreContract } from "../invitations/store.contract.ts";
import { memberStoreContract } from "../members/store.contract.ts";
import { liveStoreContract } from "../live/store.contract.ts";
import { organisationStoreContract } from "../organisations/store.contract.ts";
import { monitorStoreContract } from "../servers/monitor/store.contract.ts";
import { serverStoreContract } from "../servers/store.contract.ts";
import { serviceAccountStoreContract } from "../service-accounts/store.contract.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { upgradeStoreContract } from "../upgrades/store.contract.ts";
import { hubStoreContract } from "./store.contract.ts";

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  const stores = () => opened.store;

  describe.skipIf(!runs)("a store", () => {
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.drop());

    organisationStoreContract(name, stores);
    memberStoreContract(name, stores);
    invitationStoreContract(name, stores);
    serviceAccountStoreContract(name, stores);
    auditStoreContract(name, stores);
    idempotencyStoreContract(name, stores);
    liveStoreContract(name, stores);
    enrolmentStoreContract(name, stores);
    fleetStoreContract(name, stores);
    upgradeStoreContract(name, stores);
    syncStoreContract(name, stores);
    licenceStoreContract(name, stores);
    accountStoreContract(name, stores);
    mailStoreContract(name, stores);
    serverStoreContract(name, stores);
    monitorStoreContract(name, stores);
    hubStoreContract(name, stores, () => opened.url);
  });
});
