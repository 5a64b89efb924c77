import type { AlertKind, FactorMethod, Language } from "@fyr/protocol";

interface Bilingual {
  readonly en: string;
  readonly fr: string;
}

/** What a licence brings by its dates alone (L-12, L-31, L-74, R-135). */
export interface LicenceReminderLetter {
  readonly kind: "licence_reminder";
  readonly about:
    "lotExpires" | "trialEnds" | "graceEnds" | "yearEnds" | "coverEnded" | "growth" | "fileEnds";
  readonly organisation: string;
  readonly orgId: string;
  readonly product: Bilingual;
  /** The last usable day of what ends or ended: its first moment, in milliseconds since 1970, UTC. */
  readonly day: number;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly link: string;
}

/** To the admins of both sides of a transfer (C-18). */
export interface LicencesTransferredLetter {
  readonly kind: "licences_transferred";
  readonly direction: "out" | "in";
  readonly from: string;
  readonly to: string;
  readonly lines: readonly {
    readonly product: Bilingual;
    readonly type: string;
    readonly kind: string;
    readonly qty: number;
  }[];
  readonly number: string;
  readonly link: string;
}

/** What the hub writes to people about, with the facts that each letter needs. */
export type Letter =
  /** Whoever follows the link has the address. */
  | { readonly kind: "verify_address"; readonly name: string; readonly link: string; readonly hours: number }
  /** Somebody registered with an address that has an account already. */
  | { readonly kind: "address_known"; readonly link: string }
  | { readonly kind: "code"; readonly code: string; readonly minutes: number }
  | { readonly kind: "password_reset"; readonly link: string; readonly minutes: number }
  | { readonly kind: "password_changed" }
  | { readonly kind: "factor_changed"; readonly method: FactorMethod }
  /** An admin or the hub's operator took the second factor away. */
  | { readonly kind: "factor_reset" }
  | { readonly kind: "recovery_codes_renewed" }
  | { readonly kind: "recovery_code_used"; readonly left: number }
  /** To the new address. */
  | { readonly kind: "email_change"; readonly link: string; readonly hours: number }
  /** To the old address, when the change was asked for and when it was done. */
  | { readonly kind: "email_change_asked" }
  | { readonly kind: "email_changed"; readonly email: string }
  | { readonly kind: "new_sign_in"; readonly browser: string; readonly source: string; readonly at: string }
  /** Too many failures: nothing but a new password by mail opens the account (`MOST_FAILURES`). */
  | { readonly kind: "guarded"; readonly link: string }
  | {
      readonly kind: "invitation";
      readonly organisation: string;
      readonly inviter: string;
      readonly link: string;
      readonly days: number;
    }
  | {
      readonly kind: "role_confirmed";
      readonly organisation: string;
      readonly role: "admin" | "operator" | "viewer";
      readonly link: string;
    }
  /** To the admins: somebody accepted an invitation whose role waits for one of them (C-02). */
  | {
      readonly kind: "role_to_confirm";
      readonly organisation: string;
      readonly person: string;
      readonly email: string;
      readonly role: "admin" | "operator" | "viewer";
      readonly link: string;
    }
  /** To the admins: none of the folders of an invitation was left when it was accepted. */
  | {
      readonly kind: "joined_without_folders";
      readonly organisation: string;
      readonly person: string;
      readonly email: string;
      readonly link: string;
    }
  /** To the admins: some of them were gone, and the others count. */
  | {
      readonly kind: "joined_with_fewer_folders";
      readonly organisation: string;
      readonly person: string;
      readonly email: string;
      readonly dropped: number;
      readonly link: string;
    }
  | LicenceReminderLetter
  | LicencesTransferredLetter
  /** To the admins: a member met a page that is hidden or not there, and wants to see it. */
  | {
      readonly kind: "access_asked";
      readonly organisation: string;
      readonly person: string;
      readonly email: string;
      readonly page: string;
      readonly link: string;
    }
  /** To the admins: nobody with the owner's mark can sign in any more, or somebody can again. */
  | { readonly kind: "no_active_owner"; readonly organisation: string; readonly link: string }
  | { readonly kind: "active_owner_again"; readonly organisation: string; readonly link: string }
  /** To admins and owners: who will own the organisation, and from which day. */
  | {
      readonly kind: "ownership_claimed";
      readonly organisation: string;
      readonly person: string;
      readonly day: string;
      readonly link: string;
    }
  | {
      readonly kind: "ownership_settled";
      readonly organisation: string;
      readonly person: string;
      readonly how: "effective" | "objected" | "lapsed";
      readonly link: string;
    }
  | { readonly kind: "organisation_archived"; readonly organisation: string; readonly orgId: string }
  | { readonly kind: "organisation_restored"; readonly organisation: string; readonly link: string }
  /** To whoever tends the server: something began, or is over. */
  | ServerAlertLetter<"server_alert">
  | ServerAlertLetter<"server_alert_over">;

interface ServerAlertLetter<Kind extends string> {
  readonly kind: Kind;
  readonly organisation: string;
  readonly server: string;
  readonly alert: AlertKind;
  /** The volume that it is about; empty where there is one of a kind. */
  readonly part: string;
  readonly value: number;
  readonly limit: number;
  readonly link: string;
}

export type LetterKind = Letter["kind"];
export type LetterOf<Kind extends LetterKind> = Extract<Letter, { kind: Kind }>;

/** What a letter says, before it is text or HTML. */
export interface Draft {
  readonly subject: string;
  /** Paragraphs before and after the link or the code. */
  readonly before: readonly string[];
  readonly link?: { readonly url: string; readonly label: string };
  readonly code?: string;
  readonly after?: readonly string[];
}

export type Texts = { readonly [Kind in LetterKind]: (letter: LetterOf<Kind>) => Draft };

/** A finished mail. */
export interface Written {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Addressed {
  readonly to: string;
  readonly language: Language;
  readonly letter: Letter;
}

/** Longest piece of somebody else's text that goes into a letter of ours. */
const QUOTED = 80;

/**
 * Text that somebody chose (a name, an organisation, a browser), as our letters quote it: one line, not long, and
 * nothing that a mail program would turn into a link of its own.
 */
export const quoted = (text: string): string => {
  const line = text
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(/:\/\/|\bwww\./gi, " ")
    .replaceAll(/(?<=\w)\.(?=\p{L})/gu, "\u2024")
    .trim();
  const signs = [...line];
  return signs.length > QUOTED ? `${signs.slice(0, QUOTED - 1).join("")}…` : line;
};
