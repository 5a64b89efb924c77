import type { FaultCode } from "./codes.ts";
import { accounts } from "./text/accounts.ts";
import { bundles } from "./text/bundles.ts";
import { devices } from "./text/devices.ts";
import { door } from "./text/door.ts";
import { folders } from "./text/folders.ts";
import { identity } from "./text/identity.ts";
import { images } from "./text/images.ts";
import { licences } from "./text/licences.ts";
import { members } from "./text/members.ts";
import { metadata } from "./text/metadata.ts";
import { serverQueue } from "./text/server-queue.ts";
import { servers } from "./text/servers.ts";
import { people } from "./text/people.ts";
import { site } from "./text/site.ts";
import { upgrades } from "./text/upgrades.ts";
import type { FaultText, Language } from "./text/say.ts";

export type { FaultText, Language };

const TEXTS: Readonly<Record<FaultCode, Readonly<Record<Language, FaultText>>>> = {
  ...door,
  ...people,
  ...accounts,
  ...folders,
  ...members,
  ...identity,
  ...metadata,
  ...images,
  ...bundles,
  ...upgrades,
  ...licences,
  ...devices,
  ...servers,
  ...serverQueue,
  ...site,
};

export const faultText = (code: FaultCode, language: Language): FaultText => TEXTS[code][language];
