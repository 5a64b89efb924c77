import type { Command } from "commander";
import { check, EmailAddress, Fault } from "@fyr/protocol";
import { readMail } from "../mail/post.ts";
import type { Mail } from "../mail/store.ts";
import type { Machine } from "./machine.ts";
import { onDatabase } from "./open-database.ts";
import type { FolderCommands, SettingFlags } from "./program.ts";

/** As many as a person looks through. */
const SHOWN = 200;

const timeOf = (ms: number): string => new Date(ms).toISOString().replace("T", " ").slice(0, 19);

const toldOf = ({ id, createdAt, to, subject, state, tries, problem }: Mail): string =>
  [id, timeOf(createdAt), state, to, subject, ...(problem ? [`${problem}, ${tries} tries`] : [])].join("\t");

const withoutBody = ({ body: _, ...mail }: Mail): Omit<Mail, "body"> => mail;

/** `hub mail`: what waits in the outbox, and what came of it. Whoever reads it reads codes and links that open accounts. */
export function addMailCommands(
  program: Command,
  machine: Machine,
  { onFolder, settings }: FolderCommands,
): void {
  const mail = program
    .command("mail")
    .description("mails of the hub: those that wait, and what came of the others");
  onFolder(mail.command("list"))
    .description(`list the newest ${SHOWN} mails`)
    .option("--to <address>", "those to one address")
    .option("--json", "answer as one JSON line")
    .action(async (flags: SettingFlags & { to?: string; json?: boolean }) => {
      const to = flags.to === undefined ? undefined : check(EmailAddress, flags.to);
      const mails = await onDatabase(machine, settings(flags), "read", ({ store }) =>
        store.read.mails.page({ to }, { limit: SHOWN }),
      );
      const newest = mails.slice(0, SHOWN);
      const lines = flags.json ? [JSON.stringify(newest.map(withoutBody))] : newest.map(toldOf);
      for (const line of lines) machine.print(line);
    });
  onFolder(mail.command("show"))
    .description("show what one mail says")
    .argument("<id>")
    .option("--json", "answer as one JSON line")
    .action(async (id: string, flags: SettingFlags & { json?: boolean }) => {
      const found = await onDatabase(machine, settings(flags), "read", async ({ store, ports }) => {
        const mail = await store.read.mails.find(id);
        const written = mail && readMail(mail, ports.sealing);
        if (!written) throw new Fault("NOT_FOUND");
        return { ...withoutBody(mail), ...written };
      });
      if (flags.json) machine.print(JSON.stringify(found));
      else machine.print(`To: ${found.to}\nSubject: ${found.subject}\n\n${found.text.trimEnd()}`);
    });
}
