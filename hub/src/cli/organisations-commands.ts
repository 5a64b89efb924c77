import type { Command } from "commander";
import { check, EmailAddress, Label, OrgId } from "@fyr/protocol";
import { z } from "zod";
import { operatorOfOrganisations, type ListedOrganisation } from "../organisations/operator.ts";
import type { Machine } from "./machine.ts";
import { onDatabase } from "./open-database.ts";
import type { FolderCommands, SettingFlags } from "./program.ts";

const Act = z.strictObject({ id: OrgId, reason: Label });
const Adoption = Act.extend({ email: EmailAddress });

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const toldOf = ({ id, name, archivedAt, owners, holds }: ListedOrganisation): string => {
  const { devices, agents, members } = holds;
  const counts = `${devices} devices, ${agents} agents, ${members} members, ${owners} owners`;
  return [id, name, counts, archivedAt === null ? "" : `archived ${dateOf(archivedAt)}`].join("\t");
};

/** `hub admin organisation`: what the operator does to organisations, without looking into them. */
export function addOrganisationCommands(
  admin: Command,
  machine: Machine,
  { onFolder, settings }: FolderCommands,
): void {
  const organisation = admin.command("organisation").description("organisations, seen from outside");
  const acting = (name: string) =>
    onFolder(organisation.command(name))
      .requiredOption("--id <id>", "the organisation's id")
      .requiredOption("--reason <text>", "why: it is written to the organisation's audit log");

  onFolder(organisation.command("list"))
    .description("list organisations: id, name, how much is in each, whether it is archived")
    .option("--json", "answer as one JSON line")
    .action(async (flags: SettingFlags & { json?: boolean }) => {
      const found = await onDatabase(machine, settings(flags), "read", ({ ports, store }) =>
        operatorOfOrganisations(ports, store).list(),
      );
      for (const line of flags.json ? [JSON.stringify(found)] : found.map(toldOf)) machine.print(line);
    });
  acting("restore")
    .description("open an archived organisation again, with everything as it was")
    .action(async ({ id, reason, ...flags }: SettingFlags & { id: string; reason: string }) => {
      const wish = check(Act, { id, reason });
      const { name } = await onDatabase(machine, settings(flags), "write", ({ ports, store }) =>
        operatorOfOrganisations(ports, store).restore(wish.id, wish.reason),
      );
      machine.print(`${name} is open again; two of its owners are told by mail.`);
    });
  acting("adopt")
    .description("give an organisation that has no owner its first one")
    .requiredOption("--email <address>", "whose account")
    .action(async (asked: SettingFlags & { id: string; reason: string; email: string }) => {
      const { id, reason, email, ...flags } = asked;
      const wish = check(Adoption, { id, reason, email });
      await onDatabase(machine, settings(flags), "write", ({ ports, store }) =>
        operatorOfOrganisations(ports, store).adopt(wish.id, wish.email, wish.reason),
      );
      machine.print(`${wish.email} owns the organisation.`);
    });
}
