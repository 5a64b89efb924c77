import type { EmailAddress, OrgId } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import { linkTo } from "../accounts/ports.ts";
import type { Letter } from "../mail/letter.ts";
import type { Post } from "../mail/post.ts";
import type { HubPorts } from "../ports.ts";
import type { Stores } from "../store/store.ts";
import { HUB_ORG } from "../upgrades/image-service.ts";
import type { Catalogue } from "./catalogue.ts";
import { startOfDay } from "./civil-date.ts";
import { SYSTEM_ACTOR } from "./desk.ts";
import type { Reminder } from "./reminders.ts";

/** Somebody's organisation, as letters name it. */
interface Named {
  readonly id: OrgId;
  readonly name: string;
}

/**
 * Tells people; called inside the transaction that remembers that they were told, so it may only write to stores.
 */
export type TellReminder = (stores: Stores, organisation: Named, reminder: Reminder) => Promise<void>;

export type TellPorts = Pick<HubPorts, "origin" | "operatorMail"> & {
  readonly clock: Pick<Clock, "wall">;
  readonly post: Post;
};

/** What a product is called; a product that the catalogue does not have (any more) goes by its code. */
const nameOf = (catalogue: Catalogue, code: string): { en: string; fr: string } =>
  catalogue.find((product) => product.code === code)?.name ?? { en: code, fr: code };

const letterOf = (
  { id: orgId, name: organisation }: Named,
  { kind: about, product, day, facts }: Reminder,
  catalogue: Catalogue,
  link: string,
): Letter => ({
  ...{ kind: "licence_reminder", about, organisation, orgId, product: nameOf(catalogue, product) },
  ...{ day: startOfDay(day), facts, link },
});

/**
 * Reminders as letters to the admins, each in their own language, and one entry in the audit; what the hub's operator is
 * to know stands in the hub's own audit, and goes to the operator's address where there is one.
 */
export const tellByMail =
  ({ clock, origin, post, operatorMail }: TellPorts, catalogue: Catalogue): TellReminder =>
  async ({ audit, members, mails }, organisation, reminder) => {
    const { id, kind, to, product, day, facts } = reminder;
    const letter = letterOf(organisation, reminder, catalogue, linkTo.signIn(origin()));
    const toOperator = operatorMail === undefined ? [] : [{ email: operatorMail, language: "en" as const }];
    const readers = to === "operator" ? toOperator : await members.admins(organisation.id);
    for (const { email, language } of readers) await post.put(mails, { to: email, language, letter });
    const about = { orgId: organisation.id, product, day, facts, letters: readers.length };
    const entry = { at: clock.wall(), actor: SYSTEM_ACTOR, action: `licence.reminder.${kind}`, object: id };
    await audit.append([{ ...entry, orgId: to === "operator" ? HUB_ORG : organisation.id, after: about }]);
  };

/** A line of a transfer, as its letter names it. */
export interface MovedLine {
  readonly product: string;
  readonly type: string;
  readonly kind: string;
  readonly qty: number;
}

export interface TransferNews {
  readonly from: Named;
  readonly to: Named;
  readonly lines: readonly MovedLine[];
  readonly number: string;
}

/** The admins of both sides learn of a transfer, whoever of them made it (C-18). */
export async function tellTransfer(
  { origin, post }: Pick<TellPorts, "origin" | "post">,
  { members, mails }: Pick<Stores, "members" | "mails">,
  catalogue: Catalogue,
  { from, to, lines, number }: TransferNews,
): Promise<void> {
  const named = lines.map(({ product, ...line }) => ({ ...line, product: nameOf(catalogue, product) }));
  const facts = { from: from.name, to: to.name, lines: named, number, link: linkTo.signIn(origin()) };
  for (const direction of ["out", "in"] as const) {
    const letter: Letter = { kind: "licences_transferred", direction, ...facts };
    const readers: readonly { email: EmailAddress; language: "en" | "fr" }[] = await members.admins(
      direction === "out" ? from.id : to.id,
    );
    for (const { email, language } of readers) await post.put(mails, { to: email, language, letter });
  }
}
