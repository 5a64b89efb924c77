import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { seededRandom } from "@fyr/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { updateMetadata, type TrustedMetadata } from "../../src/images/index.ts";
import { history, type History } from "./histories.ts";
import { judge, type Served } from "./judge.ts";
import { mutated, MUTATION_NAMES } from "./mutate.ts";

const isLong = process.env["FYR_LONG"] === "1";
const CASES = isLong ? 10_000 : 2_500;
/** Some 8 s alone; more on a machine that does other things. */
const TIME_MS = isLong ? 600_000 : 180_000;
const SEED = process.env["FYR_SEED"] ?? "foreign judge";

// tuf-js reads the real clock
const now = Date.now();
const folder = mkdtempSync(`${tmpdir()}/fyr-tuf-`);
afterAll(() => rmSync(folder, { recursive: true }));

let histories: readonly History[];
beforeAll(async () => {
  histories = [await history(now, 1), await history(now, 3)];
});

async function ours(trusted: TrustedMetadata, served: Served) {
  return updateMetadata(trusted, async (name) => served.get(name) ?? null, Date.now());
}

/** Short enough to be read in a failure. As text, because tuf-js writes bytes that are not UTF-8 in another way. */
const mark = (bytes: Uint8Array | null) =>
  bytes && createHash("sha256").update(Buffer.from(bytes).toString("utf8")).digest("hex").slice(0, 12);
const texts = ({ root, timestamp, snapshot, targets }: TrustedMetadata) =>
  [root, timestamp, snapshot, targets].map(mark);

test(
  `tuf-js gives the same yes or no, and keeps the same files, in ${CASES} damaged repositories`,
  async () => {
    const random = seededRandom(SEED);
    const accepted = new Map<string, number>();
    const refused = new Map<string, number>();
    const codes = new Map<string, number>();
    for (let number = 0; number < CASES; number++) {
      const story = histories[number % histories.length];
      if (!story) throw new Error("no history");
      const { served, trusted, done } = mutated(story, random.split(`${number}`));
      const theirs = await judge(folder, trusted, served);
      const mine = await ours(trusted, served);
      const label = `case ${number} of seed "${SEED}": ${done.join(", ")}; tuf-js ${theirs.error || "accepts"}`;
      expect(mine.fault === null ? "accepted" : "refused", `${label}; ours ${mine.fault?.message}`).toBe(
        theirs.accepted ? "accepted" : "refused",
      );
      expect(texts(mine.trusted), label).toEqual(texts(theirs.kept));
      for (const name of done) {
        const counts = theirs.accepted ? accepted : refused;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      if (mine.fault) codes.set(mine.fault.code, (codes.get(mine.fault.code) ?? 0) + 1);
    }
    for (const name of MUTATION_NAMES)
      expect((accepted.get(name) ?? 0) + (refused.get(name) ?? 0), name).toBeGreaterThan(10);
    if (isLong) console.log({ accepted, refused, codes });
    // Each kind of refusal is met, or the cases have gone blunt.
    for (const kind of ["MISSING", "INVALID", "SIGNATURE", "EXPIRED", "ROLLBACK", "MISMATCH", "TOO_LARGE"]) {
      expect(codes.get(`METADATA_${kind}`), kind).toBeGreaterThan(5);
    }
    expect([...accepted.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(CASES / 20);
  },
  TIME_MS,
);

test("tuf-js finds every image that we publish, at every moment", async () => {
  for (const { moments, paths } of histories) {
    for (const { served, trusted } of moments) {
      const theirs = await judge(folder, trusted, served);
      const mine = await ours(trusted, served);
      expect(theirs.error).toBe("");
      for (const path of paths) {
        expect(mine.images?.find(path.replace(".bin", "")) !== null, path).toBe(await theirs.finds(path));
      }
    }
  }
});
