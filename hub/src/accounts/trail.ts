import { OrgId, type AccountId } from "@fyr/protocol";
import type { Change } from "../audit/store.ts";
import type { Actor } from "../ports.ts";

/**
 * The audit chain of an account. What happens to an account happens in no organisation, so each account has a chain of
 * its own, kept where the organisations' chains are, under the account's id. Ids are UUIDs of one maker: no organisation
 * has that id, nobody is a member of it, so no member's question ever reaches the chain; the operator's does.
 */
export const chainOf = (accountId: AccountId): OrgId => OrgId.parse(accountId);

/** How the audit names a person. */
export const personActor = (accountId: AccountId): Actor => `account:${accountId}`;

interface AccountChanged {
  readonly at: number;
  readonly accountId: AccountId;
  /** The person, unless somebody else did it. */
  readonly actor?: Actor;
  /** `account.password_changed`, `session.opened`, … */
  readonly action: string;
  /** What it was done to: the account, or one of its sessions. */
  readonly object?: string;
  /** Never a secret, not even its hash. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** The one entry that a change of an account leaves. */
export const accountChanged = ({ accountId, actor, object, ...said }: AccountChanged): Change => ({
  ...said,
  orgId: chainOf(accountId),
  actor: actor ?? personActor(accountId),
  object: object ?? accountId,
});
