import { EmailAddress } from "@fyr/protocol";
import type { Cancel, Clock, Logger, Random } from "@fyr/runtime";
import type { Sealing } from "../accounts/sealing.ts";
import type { HubStore } from "../store/store.ts";
import { readMail } from "./post.ts";
import type { Mail } from "./store.ts";

export interface OutgoingMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same at each try, so that a mail that arrives twice is known as one. */
  readonly messageId: string;
}

/** Hands one mail to a mail server. */
export interface MailTransport {
  /** Resolves when the server took it. @throws Error; `responseCode` of 500 and above means never */
  send(mail: OutgoingMail): Promise<void>;
  close(): void;
}

export interface MailSender {
  start(): void;
  /** Stops, and waits for the mail that is under way. */
  stop(): Promise<void>;
}

interface SenderPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly sealing: Sealing;
  readonly transport: MailTransport;
}

/** A mail that was put down is on its way within this. */
const LOOK_EVERY_MS = 2_000;
const BATCH = 20;
/** While one hub tries, another leaves the mail alone for so long; a hub that died at it is followed then. */
const TRY_MS = 120_000;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 3_600_000;

type Outcome = Pick<Mail, "state" | "problem" | "tries" | "nextAt" | "endedAt">;

/** The server's code and nothing of its sentence, which may repeat what we sent. */
const problemOf = (error: unknown): string => {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const parts = [code, responseCode].filter((part) => typeof part === "string" || typeof part === "number");
  return parts.join(" ") || "unknown";
};

const isFinal = (error: unknown): boolean => {
  const { responseCode } = error as { responseCode?: unknown };
  return typeof responseCode === "number" && responseCode >= 500;
};

/** When a mail that failed is tried again: twice as long each time, with chance, so that a crowd spreads. */
export function nextTry(tries: number, now: number, chance: number): number {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 20));
  return now + Math.ceil(pause * (0.5 + chance / 2));
}

/** Delivers what lies in the outbox. At least once: a hub that dies between a delivery and its note tries again. */
export function createMailSender(ports: SenderPorts, store: HubStore): MailSender {
  const { clock, random, log, sealing, transport } = ports;
  let timer: Cancel | undefined;
  let running = Promise.resolve();
  let stopped = true;

  const ended = (mail: Mail, state: Mail["state"], problem: string | null): Outcome => ({
    ...{ state, problem, tries: mail.tries + 1, nextAt: mail.nextAt, endedAt: clock.wall() },
  });

  async function deliver(mail: Mail): Promise<Outcome> {
    const body = readMail(mail, sealing);
    if (mail.until <= clock.wall() || !body) return ended(mail, "late", mail.problem);
    try {
      const to = EmailAddress.parse(mail.to);
      await transport.send({ ...body, to, messageId: mail.id });
      return ended(mail, "sent", null);
    } catch (error) {
      const problem = problemOf(error);
      log.warn({ mailId: mail.id, problem, tries: mail.tries + 1 }, "mail was not delivered");
      if (isFinal(error)) return ended(mail, "failed", problem);
      const nextAt = nextTry(mail.tries, clock.wall(), random.next());
      return { state: "waiting", problem, tries: mail.tries + 1, nextAt, endedAt: null };
    }
  }

  async function round(): Promise<void> {
    const now = clock.wall();
    // Most rounds find nothing, and a question costs no turn of the one writer.
    if (!(await store.read.mails.hasDue(now))) return;
    const due = await store.write(({ mails }) => mails.takeDue(now, now + TRY_MS, BATCH));
    for (const mail of due) {
      if (stopped) return;
      const outcome = await deliver(mail);
      await store.write(({ mails }) => mails.tried(mail.id, outcome));
    }
  }

  function look(): void {
    running = round()
      .catch((error: unknown) => log.warn({ error }, "the outbox could not be read"))
      .then(() => {
        if (!stopped) timer = clock.after(LOOK_EVERY_MS, look);
      });
  }

  return {
    start() {
      stopped = false;
      look();
    },
    async stop() {
      stopped = true;
      timer?.();
      await running;
      transport.close();
    },
  };
}
