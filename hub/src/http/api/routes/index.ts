import { account } from "./account.ts";
import { agents } from "./agents.ts";
import { audit } from "./audit.ts";
import { devices } from "./devices.ts";
import { folders } from "./folders.ts";
import { images } from "./images.ts";
import { invitations } from "./invitations.ts";
import { members } from "./members.ts";
import { live } from "./live.ts";
import { licences } from "./licences.ts";
import { news } from "./news.ts";
import { licensedSystems } from "./licensed-systems.ts";
import { licenceGuide } from "./licence-guide.ts";
import { operatorLicences } from "./operator-licences.ts";
import { organisations } from "./organisations.ts";
import { session } from "./session.ts";
import { monitoring } from "./monitoring.ts";
import { servers } from "./servers.ts";
import { serviceAccounts } from "./service-accounts.ts";
import { upgrades } from "./upgrades.ts";

export const API_PREFIX = "/api/v1";

/** Every route of the public API. Whoever is not in this table is not served. */
export const API_ROUTES = [
  ...session,
  ...account,
  ...organisations,
  ...folders,
  ...members,
  ...invitations,
  ...serviceAccounts,
  ...agents,
  ...devices,
  ...images,
  ...upgrades,
  ...servers,
  ...monitoring,
  ...audit,
  ...live,
  ...licences,
  ...licensedSystems,
  ...operatorLicences,
  ...news,
  ...licenceGuide,
];
