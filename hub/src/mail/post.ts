import { EmailAddress } from "@fyr/protocol";
import type { Clock, Ids } from "@fyr/runtime";
import { z } from "zod";
import type { Sealing } from "../accounts/sealing.ts";
import type { Addressed, Written } from "./letter.ts";
import type { Mail, MailStore } from "./store.ts";
import { write } from "./write.ts";

/** Puts letters into the outbox. */
export interface Post {
  /**
   * Writes the letter down in the transaction of the change that causes it: it leaves when that is on disk, and only
   * then.
   *
   * @param until when its code or link is over, by the wall clock; without one it may arrive days later
   */
  put(mails: MailStore, letter: Addressed & { readonly until?: number }): Promise<void>;
}

/** Mail that nothing makes useless sooner is tried for this long. */
export const PATIENCE_MS = 3 * 24 * 60 * 60 * 1000;

const Body = z.strictObject({ text: z.string(), html: z.string() });

interface PostPorts {
  readonly clock: Pick<Clock, "wall">;
  readonly ids: Ids;
  readonly sealing: Sealing;
}

export const createPost = ({ clock, ids, sealing }: PostPorts): Post => ({
  async put(mails, { to, language, letter, until }) {
    const now = clock.wall();
    const id = ids.next();
    const { subject, text, html } = write(letter, language);
    await mails.insert({
      ...{ id, to: EmailAddress.parse(to), kind: letter.kind, language, subject },
      ...{ body: sealing.seal(JSON.stringify({ text, html }), id), state: "waiting", problem: null },
      ...{ createdAt: now, tries: 0, nextAt: now, until: until ?? now + PATIENCE_MS, endedAt: null },
    });
  },
});

/** What a mail of the outbox says. Null once its body was cleared away. */
export function readMail({ id, subject, body }: Mail, sealing: Sealing): Written | null {
  return body === null ? null : { subject, ...Body.parse(JSON.parse(sealing.open(body, id))) };
}
