import type { Language } from "@fyr/protocol";
import type { PageWish } from "../ports.ts";
import type { LetterKind } from "./letter.ts";

/** `waiting` until a mail server took it; `failed` and `late` are ends that the operator sees. */
export const MAIL_STATES = ["waiting", "sent", "failed", "late"] as const;
export type MailState = (typeof MAIL_STATES)[number];

/** One mail of the outbox. */
export interface Mail {
  readonly id: string;
  readonly to: string;
  readonly kind: LetterKind;
  readonly language: Language;
  readonly subject: string;
  /** Text and HTML, sealed: they hold codes and links that open accounts. Null once it was cleared away. */
  readonly body: string | null;
  readonly state: MailState;
  /** Why the last try failed, as the mail server put it; never a secret. */
  readonly problem: string | null;
  readonly createdAt: number;
  readonly tries: number;
  /** Not tried before this. */
  readonly nextAt: number;
  /** After this it would only confuse: its code or link is over. */
  readonly until: number;
  readonly endedAt: number | null;
}

export interface MailStore {
  insert(mail: Mail): Promise<void>;
  find(id: string): Promise<Mail | null>;
  /** By id, newest first; one more than wished when there are more. */
  page(filter: { to?: string | undefined }, wish: PageWish): Promise<Mail[]>;
  hasDue(now: number): Promise<boolean>;
  /**
   * Takes the mails that wait and are due, oldest first, and puts their next try to `again`: of two hubs on one
   * database, one tries.
   */
  takeDue(now: number, again: number, limit: number): Promise<Mail[]>;
  /** Ends a mail, or writes down when it is tried again. */
  tried(id: string, outcome: Pick<Mail, "state" | "problem" | "tries" | "nextAt" | "endedAt">): Promise<void>;
  /** Forgets the bodies of what ended before. */
  clear(endedBefore: number): Promise<void>;
}
