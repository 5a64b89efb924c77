import { AxisVersion } from "@fyr/protocol";
import { updateMetadata } from "../../src/images/client.ts";
import { addImages, resign, rotateRootKeys, withdraw } from "../../src/images/publish.ts";
import type { SigningKey } from "../../src/images/signing-key.ts";
import type { TrustedMetadata } from "../../src/images/trusted.ts";
import { testImage, testRepository, testSigningKey } from "../../src/testing/test-repository.ts";
import type { Served } from "./judge.ts";

/** One moment of a repository's life: what was served then, and what a client of then trusted. */
export interface Moment {
  readonly served: Served;
  readonly trusted: TrustedMetadata;
}

/** A repository's life, and every key that ever spoke in it. */
export interface History {
  readonly moments: readonly Moment[];
  readonly keys: readonly SigningKey[];
  readonly paths: readonly string[];
}

/** A repository that is published, extended, moved to other root and online keys, and signed again. */
export async function history(nowMs: number, people: number): Promise<History> {
  const name = `history ${people}`;
  const publisher = await testRepository(nowMs, { people, name });
  const { repository, publishers } = publisher;
  const images = ["10.12.91", "11.11.85", "12.11.77"].map((text) =>
    testImage({ version: AxisVersion.parse(text) }),
  );
  const moments: Moment[] = [];
  let trusted = publisher.firstTrust();
  const note = async () => {
    const served = publisher.files();
    moments.push({ served, trusted });
    ({ trusted } = await updateMetadata(trusted, async (file) => served.get(file) ?? null, nowMs));
    moments.push({ served, trusted });
  };
  await note();
  await addImages(repository, images.slice(0, 2), publishers, nowMs);
  await publisher.refresh(nowMs);
  await note();
  const nextRoot = publisher.root.map((_, n) => testSigningKey(`${name} next root ${n}`));
  const threshold = people > 1 ? 2 : 1;
  const keys = nextRoot.map(({ key }) => key);
  await rotateRootKeys(repository, { root: { keys, threshold } }, [...publisher.root, ...nextRoot], nowMs);
  await withdraw(
    repository,
    images.slice(0, 1).map(({ digest }) => digest),
    publishers,
    nowMs,
  );
  await publisher.refresh(nowMs);
  await note();
  await addImages(repository, images, publishers, nowMs);
  await rotateRootKeys(repository, {}, nextRoot, nowMs);
  await resign(repository, publishers, nowMs);
  await publisher.refresh(nowMs);
  await note();
  return {
    moments,
    keys: [...publishers, ...nextRoot, publisher.online, testSigningKey("stranger")],
    paths: images.map(({ digest }) => `${digest}.bin`),
  };
}
