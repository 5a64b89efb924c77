import { Fault, type SessionId } from "@fyr/protocol";
import type { Stores } from "../store/store.ts";
import type { AccountRecord } from "./account.ts";
import { takeAllowance, MAILED_CODES } from "./allowance.ts";
import { linkTo, type AccountPorts } from "./ports.ts";
import { bareCode, hashOf, isRecoveryCode, newMailCode, sameText } from "./secret.ts";
import { MOST_FAILURES } from "./throttle.ts";
import { CODES_MS, inMinutes, MAIL_CODE_MS, MAIL_CODE_TRIES, MOST_CODES } from "./times.ts";
import { usedStep } from "./totp.ts";

/** What a code was. */
export type ProvenBy = "totp" | "email" | "recovery_code";

interface Typed {
  readonly sessionId: SessionId;
  readonly code: string;
  readonly now: number;
}

type ProofStores = Pick<Stores, "accounts" | "mails">;

/**
 * Whether a typed code opens the account: a code of its authenticator, one that was mailed for this session, or a
 * recovery code. Each counts once. To be called in a transaction that holds the account's row.
 *
 * @returns a Fault rather than throwing it, because the try has to be counted in this transaction: `CODE_INVALID`,
 * `TOO_MANY_REQUESTS`, `SIGN_IN_REFUSED` on a guarded account
 */
export async function proveFactor(
  ports: AccountPorts,
  stores: ProofStores,
  account: AccountRecord,
  { sessionId, code, now }: Typed,
): Promise<ProvenBy | Fault> {
  const bare = bareCode(code);
  return counted(ports, stores, account, { now, isFree: isRecoveryCode(bare) }, async () => {
    if (isRecoveryCode(bare)) {
      return (await stores.accounts.useRecoveryCode(account.id, hashOf(bare))) ? "recovery_code" : null;
    }
    if (account.factorMethod === "totp") {
      return (await useTotp(ports, stores, account, bare, now)) ? "totp" : null;
    }
    return (await useMailCode(ports, stores, sessionId, bare, now)) ? "email" : null;
  });
}

/** Counts a try, and forgets the failures when it succeeded. @param isFree recovery codes cannot be guessed */
export async function counted<Found>(
  ports: AccountPorts,
  stores: ProofStores,
  account: AccountRecord,
  { now, isFree }: { now: number; isFree: boolean },
  attempt: () => Promise<Found | null>,
): Promise<Found | Fault> {
  if (account.failures >= MOST_FAILURES) return new Fault("SIGN_IN_REFUSED");
  const isNew = now - account.codesSince >= CODES_MS || account.codesSince > now;
  const codesSince = isNew ? now : account.codesSince;
  const codesTried = isNew ? 0 : account.codesTried;
  if (!isFree && codesTried >= MOST_CODES) {
    return new Fault("TOO_MANY_REQUESTS", { retryAfterMs: codesSince + CODES_MS - now });
  }
  const found = await attempt();
  if (found !== null) {
    await stores.accounts.edit(account.id, { failures: 0, codesTried: 0 });
    return found;
  }
  const failures = account.failures + 1;
  await stores.accounts.edit(account.id, { failures, codesTried: codesTried + 1, codesSince });
  if (failures === MOST_FAILURES) await tellGuarded(ports, stores, account);
  return new Fault("CODE_INVALID");
}

/** The owner has to know that somebody tries, and how the account opens again. */
export const tellGuarded = (
  { post, origin }: Pick<AccountPorts, "post" | "origin">,
  { mails }: Pick<Stores, "mails">,
  { email, language }: AccountRecord,
): Promise<void> =>
  post.put(mails, {
    ...{ to: email, language },
    letter: { kind: "guarded", link: linkTo.forgotten(origin()) },
  });

async function useTotp(
  { sealing }: Pick<AccountPorts, "sealing">,
  { accounts }: ProofStores,
  { id, factorSeed, factorStep: lastStep }: AccountRecord,
  code: string,
  now: number,
): Promise<boolean> {
  if (factorSeed === null) return false;
  const step = usedStep(sealing.open(factorSeed, id), code, { nowMs: now, lastStep });
  return step !== null && accounts.useStep(id, step);
}

const codeHash = ({ sealing }: Pick<AccountPorts, "sealing">, sessionId: SessionId, code: string): string =>
  sealing.mac(`${sessionId} ${code}`);

export async function useMailCode(
  ports: Pick<AccountPorts, "sealing">,
  { accounts }: Pick<Stores, "accounts">,
  sessionId: SessionId,
  code: string,
  now: number,
): Promise<boolean> {
  const mailed = await accounts.takeCode(sessionId);
  if (!mailed || mailed.until <= now || !(await accounts.spendTry(sessionId))) return false;
  if (!sameText(mailed.hash, codeHash(ports, sessionId, code))) return false;
  await accounts.dropCode(sessionId);
  return true;
}

/**
 * Mails a code for one session, in place of the one before.
 *
 * @returns a Fault `TOO_MANY_REQUESTS`, or null
 */
export async function mailCode(
  ports: AccountPorts,
  { accounts, mails, throttle }: Pick<Stores, "accounts" | "mails" | "throttle">,
  account: AccountRecord,
  sessionId: SessionId,
): Promise<Fault | null> {
  const now = ports.clock.wall();
  const retryAfterMs = await takeAllowance(throttle, MAILED_CODES, account.id, now);
  if (retryAfterMs > 0) return new Fault("TOO_MANY_REQUESTS", { retryAfterMs });
  const code = newMailCode(ports.random);
  const until = now + MAIL_CODE_MS;
  const hash = codeHash(ports, sessionId, code);
  await accounts.putCode({ sessionId, accountId: account.id, hash, until, triesLeft: MAIL_CODE_TRIES });
  await ports.post.put(mails, {
    ...{ to: account.email, language: account.language, until },
    letter: { kind: "code", code, minutes: inMinutes(MAIL_CODE_MS) },
  });
  return null;
}
