import type { FaultCode } from "@fyr/protocol";
import { end, fail, giveBack, type Exit } from "./exits.ts";
import type { Conclusion } from "./observe.ts";
import type { Seen } from "./records.ts";
import type { UpgradeSettings } from "./settings.ts";

/** What a decision depends on beside the conclusion. */
export interface Doubt {
  readonly seen: Seen;
  /** Monotonic milliseconds in this state, in this process. */
  readonly sinceMs: number;
  /** How many looks in a row came to this same conclusion, this one included. */
  readonly inARow: number;
  /** Uploads of this job that reached the last chunk. */
  readonly tries: number;
  readonly mostTries: number;
  readonly powerRetries: number;
  readonly wish: "cancel" | "undo" | null;
  readonly fenced: boolean;
  /** Why a rollback of ours is under way; null when none is. */
  readonly rollback: FaultCode | null;
  readonly commitFailed: boolean;
  readonly settings: UpgradeSettings;
}

export type Decision =
  | { readonly kind: "wait" }
  /** The device may have made a new key when it started: accept it, once. */
  | { readonly kind: "renewPin" }
  /** Send the image again, in a window. `afterPowerLoss`: this was the one more chance. */
  | { readonly kind: "resend"; readonly afterPowerLoss: boolean }
  | { readonly kind: "exit"; readonly exit: Exit };

const WAIT: Decision = { kind: "wait" };
const exit = (of: Exit): Decision => ({ kind: "exit", exit: of });

/** A stranger at the address, or an empty device, must be met this often before it is believed. */
const STRANGER_LOOKS = 5;
const CERTAIN_LOOKS = 3;
/** A device that loses power while flashing gets this many more chances (upgrades.md 5.5). */
const POWER_RETRIES = 1;

const settleMs = ({ settings }: Doubt): number => settings.stepMs.return;
/** The time in which a device that came back has either proved itself or will not. */
const proveMs = ({ settings }: Doubt): number => settings.stepMs.return + settings.stepMs.trial;

/** Before the last chunk the device cannot hold the image: what stands in the way goes back to the hub. */
function untouchedBut(code: FaultCode, { sinceMs, settings }: Doubt, patienceMs = settings.stepMs.precheck) {
  return sinceMs < patienceMs ? WAIT : exit(giveBack(code));
}

function onKey(doubt: Doubt): Decision {
  const { seen } = doubt;
  if (!seen.lastChunk) return exit(giveBack("DEVICE_KEY_CHANGED"));
  if (!seen.keyRenewed && (seen.off || seen.target)) return { kind: "renewPin" };
  return seen.watchedMs < proveMs(doubt) ? WAIT : exit(giveBack("DEVICE_KEY_CHANGED"));
}

function onOldAgain(doubt: Doubt, sure: boolean): Decision {
  if (doubt.rollback) return rolledBack(doubt);
  // A silence alone is no proof of a boot: a slow device may still be flashing behind it.
  if (!sure && doubt.seen.watchedMs < settleMs(doubt)) return exit({ move: "flashing" });
  if (doubt.wish) return exit(end("cancelled", "CANCELLED"));
  const again = doubt.powerRetries < POWER_RETRIES && doubt.tries < doubt.mostTries;
  return again
    ? { kind: "resend", afterPowerLoss: true }
    : exit(end("rolled_back", "ROLLED_BACK", { cause: "unknown" }));
}

function rolledBack({ rollback, commitFailed }: Doubt): Decision {
  const code = rollback ?? (commitFailed ? "COMMIT_FAILED" : "ROLLED_BACK");
  return exit(end("rolled_back", code, { cause: code === "CANCELLED" ? "operator" : "device" }));
}

function onMayFlash(doubt: Doubt): Decision {
  if (doubt.seen.watchedMs < settleMs(doubt)) return exit({ move: "flashing" });
  if (doubt.wish) return exit(end("cancelled", "CANCELLED"));
  return doubt.tries < doubt.mostTries
    ? { kind: "resend", afterPowerLoss: false }
    : exit(giveBack("DEVICE_REJECTED", { tries: doubt.tries }));
}

function onTrial(doubt: Doubt): Decision {
  if (!doubt.commitFailed) return exit({ move: "onTrial" });
  const patienceMs = doubt.settings.autoRollbackMs + settleMs(doubt);
  return doubt.seen.watchedMs < patienceMs ? WAIT : exit(giveBack("COMMIT_FAILED"));
}

function onSilence(doubt: Doubt): Decision {
  const { seen, settings } = doubt;
  if (!seen.lastChunk) return untouchedBut("DEVICE_UNREACHABLE", doubt, 3 * settings.stepMs.identify);
  return seen.watchedMs < settings.giveUpMs ? WAIT : exit(fail("DEVICE_UNREACHABLE_AFTER_UPGRADE"));
}

const mayStillProve = (doubt: Doubt): boolean =>
  doubt.seen.lastChunk && doubt.seen.watchedMs < proveMs(doubt);

function onContradiction(doubt: Doubt): Decision {
  if (!doubt.seen.lastChunk) return untouchedBut("DEVICE_ANSWER", doubt);
  return mayStillProve(doubt) ? WAIT : exit(fail("DEVICE_UNVERIFIED", { missing: "version" }));
}

function onRestless(code: FaultCode, doubt: Doubt): Decision {
  return doubt.seen.lastChunk ? onSilence(doubt) : untouchedBut(code, doubt);
}

type Table = { readonly [K in Conclusion["kind"]]: (of: Conclusion & { kind: K }, doubt: Doubt) => Decision };

/** What to do in `observing` (upgrades.md 5.5, last column). Never guesses: what is not known is waited for. */
const OBSERVING: Table = {
  silent: (_, doubt) => onSilence(doubt),
  replaced: ({ serial }, { inARow }) =>
    inARow < STRANGER_LOOKS ? WAIT : exit(fail("DEVICE_REPLACED", { found: serial })),
  wiped: (_, { inARow }) => (inARow < CERTAIN_LOOKS ? WAIT : exit(giveBack("DEVICE_DEFAULTED"))),
  keyChanged: (_, doubt) => onKey(doubt),
  denied: (_, doubt) => (mayStillProve(doubt) ? WAIT : exit(giveBack("DEVICE_DENIED"))),
  bootLoop: (_, { seen }) => exit(fail("DEVICE_RECOVERY_MODE", { boots: seen.boots })),
  busy: (_, doubt) => onRestless("DEVICE_BUSY", doubt),
  starting: (_, doubt) => onRestless("DEVICE_BUSY", doubt),
  contradicts: (_, doubt) => onContradiction(doubt),
  trial: (_, doubt) => onTrial(doubt),
  target: () => exit({ move: "onTrial" }),
  untouched: (_, { wish }) =>
    wish ? exit(end("cancelled", "CANCELLED")) : { kind: "resend", afterPowerLoss: false },
  mayFlash: (_, doubt) => onMayFlash(doubt),
  rolledBack: (_, doubt) => rolledBack(doubt),
  cameBackOld: ({ sure }, doubt) => onOldAgain(doubt, sure),
  newer: ({ version }) => exit(end("skipped", "DEVICE_NEWER", { version })),
  other: ({ version }) => exit(giveBack("DEVICE_CHANGED", { version })),
};

const LOOK = exit({ move: "look" });
const OVERDUE = exit({ move: "look", code: "DEVICE_NO_RETURN" });
const unlessOverdue = (doubt: Doubt): Decision => (doubt.seen.watchedMs < settleMs(doubt) ? WAIT : OVERDUE);
const unlessCertain = (doubt: Doubt): Decision =>
  doubt.inARow < CERTAIN_LOOKS ? unlessOverdue(doubt) : LOOK;

/**
 * What to do in `settling`: wait for the device to come back on the target; everything unclear, and everything that
 * takes longer than S6 may, is for `observing`.
 */
const SETTLING: Table = {
  trial: () => exit({ move: "answered" }),
  target: () => exit({ move: "answered" }),
  replaced: OBSERVING.replaced,
  keyChanged: (_, doubt) => onKey(doubt),
  silent: (_, doubt) => unlessOverdue(doubt),
  denied: (_, doubt) => unlessOverdue(doubt),
  busy: (_, doubt) => unlessOverdue(doubt),
  starting: (_, doubt) => unlessOverdue(doubt),
  mayFlash: (_, doubt) => unlessOverdue(doubt),
  cameBackOld: ({ sure }, doubt) => (sure ? LOOK : unlessOverdue(doubt)),
  contradicts: (_, doubt) => unlessCertain(doubt),
  wiped: (_, doubt) => unlessCertain(doubt),
  bootLoop: () => LOOK,
  untouched: () => LOOK,
  rolledBack: () => LOOK,
  newer: () => LOOK,
  other: () => LOOK,
};

const decide = (table: Table, conclusion: Conclusion, doubt: Doubt): Decision =>
  (table[conclusion.kind] as (of: Conclusion, doubt: Doubt) => Decision)(conclusion, doubt);

export const decideSettling = (conclusion: Conclusion, doubt: Doubt): Decision =>
  decide(SETTLING, conclusion, doubt);

export const decideObserving = (conclusion: Conclusion, doubt: Doubt): Decision =>
  doubt.fenced && !doubt.seen.lastChunk ? exit(giveBack("FENCED")) : decide(OBSERVING, conclusion, doubt);
