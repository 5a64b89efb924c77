import { sleep, type Clock } from "@fyr/runtime";
import type { Exchange, Headers } from "./exchange.ts";

/** A mail that the hub wrote, as the operator finds it in the outbox. */
export interface Letter {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
}

/** Who works with the hub in the demo; without a mail server the operator reads the mail aloud. */
export interface Identity {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export interface PersonPorts {
  readonly clock: Clock;
  readonly exchange: Exchange;
  /** Mails to an address, newest first. */
  mails(to: string): Promise<readonly Letter[]>;
  readMail(id: string): Promise<string>;
  say(line: string): void;
}

/** What a browser sends for somebody who is signed in. */
export interface Session {
  readonly cookie: string;
  readonly csrfToken: string;
}

const MAIL_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 200;

/** The person's own part: registering as anybody does, and signing in, with codes by mail as the second factor. */
export interface Person {
  register(): Promise<Session>;
  signIn(): Promise<Session>;
}

export const headersOf = ({ cookie, csrfToken }: Session, origin: string): Headers => ({
  cookie,
  origin,
  "x-csrf-token": csrfToken,
});

export function demoPerson(ports: PersonPorts, { name, email, password }: Identity, origin: string): Person {
  const { clock, exchange, mails, readMail, say } = ports;

  /** A step of our own page: its answer brings the session on. */
  async function step(path: string, body: object, session?: Session): Promise<Session | null> {
    const headers = session ? headersOf(session, origin) : { origin };
    const { status, text, cookie } = await exchange({ method: "POST", path, body, headers });
    if (status >= 300) throw new Error(`The hub answered ${status} to POST ${path}: ${text}`);
    const said = JSON.parse(text) as { csrfToken?: string; session?: { csrfToken: string } };
    const csrfToken = said.csrfToken ?? said.session?.csrfToken;
    if (csrfToken === undefined) return null;
    return { cookie: cookie ?? session?.cookie ?? "", csrfToken };
  }

  async function demand(path: string, body: object, session?: Session): Promise<Session> {
    const next = await step(path, body, session);
    if (!next) throw new Error(`POST ${path} opened no session`);
    return next;
  }

  /** The next mail of a kind after those that were there before. */
  async function mailed(kind: string, before: number): Promise<string> {
    const until = clock.mono() + MAIL_WITHIN_MS;
    for (;;) {
      const found = await mails(email);
      const [newest] = found.slice(0, Math.max(0, found.length - before));
      if (newest?.kind === kind) {
        say(`Mail to ${email}: “${newest.subject}”.`);
        return readMail(newest.id);
      }
      if (clock.mono() > until) throw new Error(`no mail of kind ${kind} came`);
      await sleep(clock, LOOK_EVERY_MS);
    }
  }

  const codeIn = (text: string): string => /^(\d{6})$/m.exec(text)?.[1] ?? "";
  const tokenIn = (text: string): string => /#([\w-]{20,})$/m.exec(text)?.[1] ?? "";
  const count = async (): Promise<number> => (await mails(email)).length;

  return {
    async register() {
      const [first] = [await count()];
      await step("/registrations", { email, password, name, language: "en", timeZone: "Europe/Paris" });
      const token = tokenIn(await mailed("verify_address", first));
      const half = await demand("/registrations/verify", { token, password });
      const second = await count();
      await step("/account/factor", { method: "email" }, half);
      return demand("/account/factor/confirm", { code: codeIn(await mailed("code", second)) }, half);
    },
    async signIn() {
      const before = await count();
      const half = await demand("/session", { email, password });
      return demand("/session/factor", { code: codeIn(await mailed("code", before)) }, half);
    },
  };
}
