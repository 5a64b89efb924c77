import { may, type AccountId, type FolderId, type Language, type OrgId } from "@fyr/protocol";
import { linkTo } from "../../accounts/ports.ts";
import type { Letter, LetterKind } from "../../mail/letter.ts";
import type { Post } from "../../mail/post.ts";
import type { Stores } from "../../store/store.ts";
import type { AlertRecord } from "./alert.ts";
import type { Tended } from "./tend.ts";

/** Writes letters about alerts into the outbox, in the transaction of what was seen. */
export type TellAlerts = (stores: Stores, tended: Tended) => Promise<void>;

interface Reader {
  readonly to: string;
  readonly language: Language;
}

/** Somebody has it in hand, or wants to hear no more of it. */
const isQuiet = ({ acknowledgedAt, mutedUntil }: AlertRecord, now: number): boolean =>
  acknowledgedAt !== null || (mutedUntil !== null && mutedUntil > now);

/** Whoever may tend the servers of a folder (access.md 43): admins, and operators who reach it. */
async function readersIn(
  { members, access, accounts }: Stores,
  orgId: OrgId,
  path: readonly FolderId[],
): Promise<Reader[]> {
  const admins = await members.admins(orgId);
  const tending = (await access.scoped(orgId)).filter(
    (member) =>
      member.kind === "person" && may({ ...member, scope: null }, "server.tend", { path }).kind === "allowed",
  );
  const readers = admins.map(({ email, language }): Reader => ({ to: email, language }));
  for (const { principalId } of tending) {
    const account = await accounts.find(principalId as AccountId);
    if (account) readers.push({ to: account.email, language: account.language });
  }
  return readers;
}

/**
 * One letter when an alert begins and one when it is over, to whoever may tend the server. Nobody hears of the end of one
 * that was acknowledged or is muted.
 */
export function alertLetters({ post, origin }: { post: Post; origin: () => string }): TellAlerts {
  async function about(
    stores: Stores,
    alerts: readonly AlertRecord[],
    kind: LetterKind & `server_${string}`,
  ) {
    for (const alert of alerts) {
      const { orgId, serverId, part, value, limit } = alert;
      const organisation = await stores.organisations.find(orgId);
      const server = await stores.servers.server(orgId, serverId);
      if (!organisation || organisation.archivedAt !== null || !server) continue;
      const path = await stores.folders.pathOf(orgId, server.folderId);
      const named = { organisation: organisation.name, server: server.facts.name };
      const link = linkTo.signIn(origin());
      const letter: Letter = { kind, ...named, alert: alert.kind, part, value, limit, link };
      for (const reader of await readersIn(stores, orgId, path))
        await post.put(stores.mails, { ...reader, letter });
    }
  }

  return async (stores, { opened, closed, now }) => {
    await about(stores, opened, "server_alert");
    await about(
      stores,
      closed.filter((alert) => !isQuiet(alert, now)),
      "server_alert_over",
    );
  };
}
