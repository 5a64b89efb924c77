/** One firmware upload as the device saw it. Never changed once it has ended. */
export interface Upload {
  /** Counts from 1. */
  readonly number: number;
  /** Place in the order of everything that happened to uploads of this device; times only label. */
  readonly begunOrder: number;
  readonly begunMs: number;
  readonly versionBefore: string;
  readonly committedBefore: boolean;
  /** Which boot it fell into, counted from 0. */
  readonly boot: number;
  /** The device was already writing an image when it began. */
  readonly whileFlashing: boolean;
  endedOrder?: number;
  endedMs?: number;
  /** Bytes of the image. */
  bytes: number;
  /** The whole image arrived. */
  complete: boolean;
  /** Of the image, hex; only when it arrived whole. */
  sha256?: string;
  imageVersion?: string;
  /** `broken`: the client or the power went away. */
  verdict: "running" | "accepted" | "refused" | "broken";
  /** Why it was refused (vapix.md 1.7). */
  code?: number;
}

export type Rule = "already-installed" | "overlap" | "over-budget" | "without-intent";

export interface Violation {
  readonly rule: Rule;
  /** Number of the upload that broke the rule. */
  readonly upload: number;
}

export interface Limits {
  /** Most complete uploads of one image before it runs. */
  readonly budget: number;
  /** Durable intents that the sender holds for this device, when the test knows them. */
  readonly intents?: number;
}

const overlaps = (earlier: Upload, later: Upload): boolean =>
  later.begunOrder < (earlier.endedOrder ?? Number.POSITIVE_INFINITY);

const alreadyInstalled = (upload: Upload): boolean =>
  upload.verdict === "accepted" && upload.committedBefore && upload.imageVersion === upload.versionBefore;

function overBudget(upload: Upload, earlier: readonly Upload[], budget: number): boolean {
  if (!upload.complete) return false;
  const ran = earlier.findLastIndex(
    (one) => one.versionBefore === upload.imageVersion && one.committedBefore,
  );
  const tries = earlier.slice(ran + 1).filter((one) => one.complete && one.sha256 === upload.sha256);
  return tries.length >= budget;
}

/**
 * Every breach of "not flashed twice" in a device's history (security.md 3), as far as a device can know:
 * (a) it accepted the version that it already ran, committed; (b) two uploads overlapped, or one began while
 * an image was being written; (c) more complete uploads of one image than the budget allows; (d) more uploads
 * than intents, when the caller says how many there were.
 */
export function flashedTwice(
  history: readonly Upload[],
  { budget, intents }: Limits = { budget: 3 },
): Violation[] {
  return history.flatMap((upload, index) => {
    const earlier = history.slice(0, index);
    const broken: Record<Rule, boolean> = {
      "already-installed": alreadyInstalled(upload),
      overlap: upload.whileFlashing || earlier.some((one) => overlaps(one, upload)),
      "over-budget": overBudget(upload, earlier, budget),
      "without-intent": intents !== undefined && upload.number > intents,
    };
    return (Object.keys(broken) as Rule[])
      .filter((rule) => broken[rule])
      .map((rule) => ({ rule, upload: upload.number }));
  });
}
