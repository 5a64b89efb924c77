import { createHash, createPrivateKey } from "node:crypto";
import { AxisVersion, CHUNK_BYTES, Digest } from "@fyr/protocol";
import type { FetchMetadata, TrustedMetadata } from "../images/trusted.ts";
import { counterOf, type ImageFacts } from "../images/facts.ts";
import { refreshOnline } from "../images/online.ts";
import { initRepository } from "../images/publish.ts";
import type { Repository } from "../images/repository.ts";
import { signingKey, type SigningKey } from "../images/signing-key.ts";
import { memoryFiles } from "./memory-files.ts";

/** PKCS#8 around a bare Ed25519 seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** An Ed25519 key that follows from a name: the same in every run. Never for a real site. */
export function testSigningKey(name: string): SigningKey {
  const seed = createHash("sha256").update(`test key ${name}`).digest();
  return signingKey(
    createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" }),
  );
}

/** Facts of an image that exists in name only; its digest follows from model and version. */
export function testImage(facts: Partial<ImageFacts> = {}): ImageFacts {
  const version = facts.version ?? AxisVersion.parse("12.11.77");
  const models = facts.models ?? ["P3265-V"];
  const digest = createHash("sha256").update(`${models.join()} ${version}`).digest("hex");
  return {
    product: "camera",
    models,
    hardwareIds: [],
    version,
    releaseCounter: counterOf(version),
    upgradeableFrom: [],
    mandatorySteps: [],
    withdrawn: false,
    chunkSizeBytes: CHUNK_BYTES,
    chunksSha256: Digest.parse(createHash("sha256").update(`chunks ${digest}`).digest("hex")),
    notes: "",
    digest: Digest.parse(digest),
    sha512: createHash("sha512").update(digest).digest("hex"),
    sizeBytes: 1000,
    ...facts,
  };
}

export interface TestRepository {
  readonly repository: Repository;
  /** Files of the repository by name. */
  files(): Map<string, Uint8Array>;
  /** The publishers' keys: one of each in a one-person set-up, three with a threshold of two otherwise. */
  readonly root: readonly SigningKey[];
  readonly targets: readonly SigningKey[];
  readonly publishers: readonly SigningKey[];
  readonly online: SigningKey;
  /** What an agent is given at enrolment. */
  firstTrust(): TrustedMetadata;
  readonly fetch: FetchMetadata;
  refresh(nowMs: number): Promise<void>;
}

const FOLDER = "/metadata";

/** A started repository with nothing listed yet, published online. */
export async function testRepository(
  nowMs: number,
  { people = 1, name = "a" } = {},
): Promise<TestRepository> {
  const content = new Map<string, Uint8Array>();
  const repository: Repository = { files: memoryFiles(content), folder: FOLDER };
  const team = (role: string) =>
    Array.from({ length: people }, (_, n) => testSigningKey(`${name} ${role} ${n}`));
  const [root, targets, online] = [team("root"), team("targets"), testSigningKey(`${name} online`)];
  const threshold = people > 1 ? 2 : 1;
  const of = (keys: readonly SigningKey[], needed: number) => ({
    keys: keys.map(({ key }) => key),
    threshold: needed,
  });
  const roles = {
    root: of(root, threshold),
    targets: of(targets, threshold),
    snapshot: of([online], 1),
    timestamp: of([online], 1),
  };
  await initRepository(repository, roles, [...root, ...targets], nowMs);
  await refreshOnline(repository, [online], nowMs);
  const file = (fileName: string) => content.get(`${FOLDER}/${fileName}`) ?? null;
  return {
    repository,
    files: () => new Map([...content].map(([path, bytes]) => [path.slice(FOLDER.length + 1), bytes])),
    root,
    targets,
    publishers: [...root, ...targets],
    online,
    firstTrust: () => ({
      root: file("1.root.json") ?? new Uint8Array(),
      timestamp: null,
      snapshot: null,
      targets: null,
    }),
    fetch: async (fileName) => file(fileName),
    refresh: async (at) => void (await refreshOnline(repository, [online], at)),
  };
}
