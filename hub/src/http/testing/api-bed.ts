import { FOUNDER } from "../../testing/members.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initRepository } from "@fyr/certs";
import { testSigningKey } from "@fyr/certs/testing";
import type { OrgId } from "@fyr/protocol";
import { silentLog, systemFiles, systemRandom, uuid7Ids, type Files } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import type { FastifyInstance } from "fastify";
import type { ReleaseKeys } from "../../releases/metadata.ts";
import { openLibrary, type ImageLibrary } from "../../releases/library.ts";
import type { HubStore } from "../../store/store.ts";
import { serialOf, testHub, testSite, type TestHub, type TestSite } from "../../testing.ts";
import type { SessionStanding } from "../../access/caller.ts";
import { csrfTokenOf, SESSION_COOKIE } from "../api/credentials.ts";
import { createApi } from "../api/server.ts";
import { newToken, tokenHash } from "../api/token.ts";
import type { ApiLimits } from "../api/turns.ts";

export interface ApiBed {
  readonly app: FastifyInstance;
  readonly hub: TestHub;
  readonly library: ImageLibrary;
  readonly folder: string;
  readonly token: string;
  /** The header that makes a request the operator's. */
  readonly operator: { authorization: string };
  /** The headers that a browser sends for somebody who has just signed in; the gate is told of the session. */
  signIn(facts?: Partial<SessionStanding>): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface ApiBedOptions {
  readonly files?: (folder: string) => Files;
  /** Which of the publishers' keys the hub holds. */
  readonly keys?: Partial<ReleaseKeys>;
  readonly maxImageBytes?: number;
  readonly limits?: Partial<ApiLimits>;
  readonly support?: string;
  readonly proxies?: readonly string[];
  /** Where the hub keeps what it knows; a database in memory unless told otherwise. */
  readonly store?: HubStore;
}

/** The clock of a bed stands still, so that turns would never come back. */
const NO_LIMITS: ApiLimits = { callerPerMinute: 1e6, strangerPerMinute: 1e6, connections: 100 };

const KEYS: ReleaseKeys = {
  root: testSigningKey("root"),
  targets: testSigningKey("targets"),
  online: testSigningKey("online"),
};

/** The real API over the real core, a database in memory and images in a temporary folder. */
export async function openApiBed(options: ApiBedOptions = {}): Promise<ApiBed> {
  const folder = await mkdtemp(join(tmpdir(), "fyr-api-"));
  const clock = fakeClock();
  const files = options.files?.(folder) ?? systemFiles;
  await publishFirst(folder, clock.wall());
  const library = await openLibrary({
    files,
    clock,
    ids: uuid7Ids(clock, systemRandom),
    log: silentLog,
    keys: { ...KEYS, ...options.keys },
    imagesFolder: join(folder, "images"),
    metadataFolder: join(folder, "metadata"),
  });
  const hub = await testHub({
    clock,
    ports: { releases: library },
    ...(options.store && { store: options.store }),
  });
  const token = newToken(systemRandom);
  const sessions = new Map<string, SessionStanding>();
  const limits = { maxBytes: options.maxImageBytes ?? 20_000_000, spareBytes: 0 };
  const app = await createApi({
    clock,
    log: silentLog,
    services: hub.services,
    gate: { ...hub.gate, session: async (shown) => sessions.get(shown) ?? (await hub.gate.session(shown)) },
    operatorTokenHash: tokenHash(token),
    limits: { ...NO_LIMITS, ...options.limits },
    proxies: options.proxies ?? [],
    live: hub.live,
    support: options.support,
    enrolUrl: () => "https://hub.test:8444",
    images: {
      import: ({ bytes, announcedBytes, ...said }) =>
        library.import(bytes, said, { ...limits, announcedBytes }),
      publish: (signed) => library.publish(signed),
    },
  });
  return {
    app,
    hub,
    library,
    folder,
    token,
    operator: { authorization: `Bearer ${token}` },
    signIn(facts = {}) {
      const session = newToken(systemRandom);
      sessions.set(session, { ...FOUNDER, factor: "passed", ...facts, factorAt: clock.wall() });
      return browserOf(session);
    },
    async close() {
      await app.close();
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What our own page in a browser sends with its requests. */
export const browserOf = (session: string): Record<string, string> => ({
  cookie: `${SESSION_COOKIE}=${session}`,
  host: "hub.test",
  origin: "https://hub.test",
  "sec-fetch-site": "same-origin",
  "x-csrf-token": csrfTokenOf(session),
});

async function publishFirst(folder: string, nowMs: number): Promise<void> {
  const { root, targets, online } = KEYS;
  if (!root || !targets) throw new Error("the test's publishers have keys");
  const one = ({ key }: typeof root) => ({ keys: [key], threshold: 1 });
  const roles = { root: one(root), targets: one(targets), snapshot: one(online), timestamp: one(online) };
  await initRepository(
    { files: systemFiles, folder: join(folder, "metadata") },
    roles,
    [root, targets],
    nowMs,
  );
}

let devices = 0;

/** An organisation with a site of two devices. */
export async function newSite(
  { hub }: Pick<ApiBed, "hub">,
  name: string,
): Promise<{ orgId: OrgId; site: TestSite }> {
  const { id } = await hub.services.createOrganisation(FOUNDER, { name });
  const site = await testSite(hub, id);
  await site.report({ serial: serialOf(++devices) }, { serial: serialOf(++devices) });
  return { orgId: id, site };
}
