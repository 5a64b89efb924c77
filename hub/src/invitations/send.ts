import type { Organisation } from "@fyr/protocol";
import { STRANGERS_MAIL, takeAllowance } from "../accounts/allowance.ts";
import { linkTo, type AccountPorts } from "../accounts/ports.ts";
import { hashOf, newToken } from "../accounts/secret.ts";
import type { Letter } from "../mail/letter.ts";
import type { Stores } from "../store/store.ts";
import type { InvitationRecord } from "./store.ts";

export const DAY_MS = 86_400_000;

/** A link that was never given out before; only its hash is kept. */
export interface Link {
  readonly token: string;
  readonly tokenHash: string;
  readonly sentAt: number;
  readonly until: number;
}

export function newLink({ clock, random }: Pick<AccountPorts, "clock" | "random">, days: number): Link {
  const token = newToken(random);
  const sentAt = clock.wall();
  return { token, tokenHash: hashOf(token), sentAt, until: sentAt + days * DAY_MS };
}

/** Milliseconds to wait before this address may get another letter; 0 when it may now. */
export const waitFor = (
  { throttle }: Pick<Stores, "throttle">,
  { email }: Pick<InvitationRecord, "email">,
  now: number,
): Promise<number> => takeAllowance(throttle, STRANGERS_MAIL, hashOf(email), now);

/** Puts the letter into the outbox; in the language of the invited, where that is known. */
export async function mailInvitation(
  { post, origin }: Pick<AccountPorts, "post" | "origin">,
  { accounts, mails }: Pick<Stores, "accounts" | "mails">,
  { email, language, until, sentAt, invitedBy }: InvitationRecord,
  { token, organisation }: { token: string; organisation: Pick<Organisation, "name"> },
): Promise<void> {
  const known = await accounts.byEmail(email);
  const inviter = await accounts.find(invitedBy);
  const letter: Letter = {
    kind: "invitation",
    organisation: organisation.name,
    inviter: inviter?.name ?? organisation.name,
    link: linkTo.invitation(origin(), token),
    days: Math.round((until - sentAt) / DAY_MS),
  };
  await post.put(mails, { to: email, language: known?.language ?? language, letter, until });
}
