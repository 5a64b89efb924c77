import { compareVersions } from "@fyr/protocol";

/** How a client is asked for a name and a password (vapix.md 3.1). */
export type AuthenticationPolicy = "basic" | "digest" | "basic_digest" | "recommended";

/**
 * What differs between the generations of AXIS OS, as data (vapix.md 1.2, 2.9 and 5.3). Null means that
 * the generation has no such thing and answers 404. Where the reference says U, the neighbour's value is used.
 */
export interface Generation {
  readonly name: string;
  /** First AXIS OS version that behaves like this. */
  readonly since: string;
  readonly schemes: readonly ("http" | "https")[];
  readonly webServer: "boa" | "apache";
  /** The `Server` header; null where none was recorded. */
  readonly server: string | null;
  readonly jsonType: string;
  /** Version in the list of APIs, and the one its own replies carry: they differ on 11.11. */
  readonly firmwareManagement: { readonly listed: string; readonly replied: string } | null;
  readonly basicDeviceInfo: string | null;
  readonly systemReady: { readonly listed: string; readonly replied: string } | null;
  readonly apiDiscovery: {
    readonly version: string;
    readonly login: boolean;
    readonly status: boolean;
  } | null;
  readonly networkSettings: string | null;
  readonly mdnssd: string | null;
  readonly timeService: string | null;
  readonly userManagement: string | null;
  /** Device configuration APIs below `/config`. */
  readonly config: boolean;
  /**
   * Without an account: `rootPass` accepts root and pass, `page` answers 401 with the text alone, `header` adds
   * `Axis-Setup` where a login is needed, `everywhere` does so on each path that asks for one, `GET /` too.
   */
  readonly setup: "rootPass" | "page" | "header" | "everywhere";
  /** Before 11.5 the first account is called root. */
  readonly firstAccountIsRoot: boolean;
  /** Fewest characters of a password. */
  readonly shortestPassword: number;
  readonly listsAllGroups: boolean;
  readonly policy: AuthenticationPolicy;
  readonly webUrl: string;
  readonly hasProdVariant: boolean;
  /** UPnP and WS-Discovery are on by default. */
  readonly announces: boolean;
  readonly throttles: boolean;
  /** HTTP/2 over TLS. */
  readonly http2: boolean;
  /** A new image runs on trial and can be rolled back (from 7.40). */
  readonly trials: boolean;
  /** The upload is answered when the image is written, or at once, before it is (vapix.md 1.9, old devices). */
  readonly answersUpload: "afterFlash" | "beforeFlash";
  /** An image must carry the vendor's signature. */
  readonly needsSignature: boolean;
}

const APACHE_2026 = "Apache/2.4.68 (Unix) OpenSSL/3.5.7";

const gen13: Generation = {
  name: "13",
  since: "13.0",
  schemes: ["https"],
  webServer: "apache",
  server: APACHE_2026,
  jsonType: "application/json; charset=utf-8",
  firmwareManagement: { listed: "1.10", replied: "1.10" },
  basicDeviceInfo: "1.3",
  systemReady: { listed: "1.4", replied: "1.5" },
  apiDiscovery: { version: "1.1", login: false, status: true },
  networkSettings: "1.37",
  mdnssd: "1.1",
  timeService: "1.1",
  userManagement: "1.2",
  config: true,
  setup: "everywhere",
  firstAccountIsRoot: false,
  shortestPassword: 8,
  listsAllGroups: false,
  policy: "recommended",
  webUrl: "https://www.axis.com",
  hasProdVariant: true,
  announces: false,
  throttles: true,
  http2: true,
  trials: true,
  answersUpload: "afterFlash",
  needsSignature: true,
};

const gen12_11: Generation = {
  ...gen13,
  name: "12.11",
  since: "12.10",
  schemes: ["http", "https"],
  shortestPassword: 1,
};

const gen12_9: Generation = {
  ...gen12_11,
  name: "12.9",
  since: "12.0",
  firmwareManagement: { listed: "1.8", replied: "1.8" },
};

const gen11: Generation = {
  ...gen12_9,
  name: "11.11",
  since: "11.0",
  server: null,
  firmwareManagement: { listed: "1.4", replied: "1.5" },
  systemReady: { listed: "1.4", replied: "1.4" },
  networkSettings: "1.33",
  setup: "header",
  webUrl: "http://www.axis.com",
  announces: true,
};

const gen10: Generation = {
  ...gen11,
  name: "10.12",
  since: "10.0",
  firmwareManagement: { listed: "1.4", replied: "1.4" },
  systemReady: { listed: "1.2", replied: "1.2" },
  apiDiscovery: { version: "1.1", login: true, status: true },
  networkSettings: "1.15",
  timeService: "1.0",
  userManagement: "1.1",
  config: false,
  firstAccountIsRoot: true,
  listsAllGroups: true,
  http2: false,
};

const gen9: Generation = {
  ...gen10,
  name: "9.80",
  since: "7.40",
  jsonType: "application/json;charset=utf8",
  basicDeviceInfo: "1.1",
  systemReady: { listed: "1.1", replied: "1.1" },
  apiDiscovery: { version: "1.0", login: true, status: false },
  networkSettings: null,
  setup: "page",
  policy: "digest",
  throttles: false,
};

const gen5: Generation = {
  ...gen9,
  name: "5.51",
  since: "0.0",
  schemes: ["http"],
  webServer: "boa",
  firmwareManagement: null,
  basicDeviceInfo: null,
  systemReady: null,
  apiDiscovery: null,
  mdnssd: null,
  timeService: null,
  userManagement: null,
  setup: "rootPass",
  policy: "basic_digest",
  webUrl: "http://www.axis.com/",
  hasProdVariant: false,
  trials: false,
  answersUpload: "beforeFlash",
  needsSignature: false,
};

/** Newest first. */
export const GENERATIONS: readonly Generation[] = [gen13, gen12_11, gen12_9, gen11, gen10, gen9, gen5];

/** How a device behaves that runs `version`. */
export function generationOf(version: string): Generation {
  const before = known.get(version);
  if (before) return before;
  const found = GENERATIONS.find(({ since }) => compareVersions(version, since) >= 0);
  if (!found) throw new Error(`no generation covers AXIS OS ${version}`);
  known.set(version, found);
  return found;
}

/** Asked at every request of every device; as many as there are versions. */
const known = new Map<string, Generation>();
