import { createTransport } from "nodemailer";
import type { MailTransport } from "./sender.ts";

export interface SmtpSettings {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly url: string;
  /** `Fyr <fyr@example.com>`. */
  readonly from: string;
}

const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;

/** A mail server. Over `smtp:` the line is made secret as soon as the server offers it. */
export function smtpTransport({ url, from }: SmtpSettings): MailTransport {
  const server = createTransport(
    { url, connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
    { from },
  );
  const domain = /@([^@>\s]+)>?\s*$/.exec(from)?.[1] ?? "localhost";
  return {
    async send({ to, subject, text, html, messageId }) {
      await server.sendMail({
        // As an object, so that no address is taken apart once more.
        to: { name: "", address: to },
        ...{ subject, text, html, messageId: `<${messageId}@${domain}>` },
        headers: { "Auto-Submitted": "auto-generated" },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    },
    close: () => server.close(),
  };
}
