import { join, resolve } from "node:path";
import { Command } from "commander";
import { createIntermediate, createRoot, type Authority, type IntermediateKind } from "../pki/authority.ts";
import { createCrl } from "../pki/crl.ts";
import { loadAuthority, saveAuthority } from "../pki/folder.ts";
import { certificatesIn } from "../pki/pem.ts";
import { demandAbsent, readText } from "./files.ts";
import type { Machine } from "./machine.ts";
import { sheetOf } from "./sheet.ts";
import { WrongUse } from "./wrong-use.ts";

const wall = ({ clock }: Machine): number => clock.wall();

async function demandAuthority(machine: Machine, path: string): Promise<Authority> {
  const found = await loadAuthority(machine.files, resolve(path));
  if (!found) throw new WrongUse(`There is no key and certificate in ${path}.`);
  return found;
}

/** Writes key and certificate, and beside them the certificate alone for those who only have to trust it. */
async function keep(machine: Machine, folder: string, name: string, authority: Authority): Promise<void> {
  const { files, print } = machine;
  const publicPath = join(folder, `${name}.crt`);
  await files.ensureFolder(resolve(folder));
  await saveAuthority(files, resolve(folder, `${name}.pem`), authority);
  await files.replace(resolve(publicPath), Buffer.from(authority.certificatePem, "utf8"), 0o644);
  print(`${join(folder, `${name}.pem`)}  key and certificate, readable by you alone`);
  print(`${publicPath}  certificate`);
  for (const line of sheetOf(authority.certificatePem)) print(`  ${line}`);
}

export const rootCommand = (machine: Machine): Command =>
  new Command("root")
    .description(
      "make a root: do it on a machine without network, print the sheet, keep two copies of the key",
    )
    .argument("<folder>", "where root.pem (secret) and root.crt go")
    .action(async (folder: string) => {
      await demandAbsent(machine, join(folder, "root.pem"));
      await keep(machine, folder, "root", await createRoot(machine.random, wall(machine)));
      machine.print("Only root.crt leaves this machine. The root signs new intermediates every two years.");
    });

const intermediate = (machine: Machine, name: string, kind: IntermediateKind, description: string): Command =>
  new Command(name)
    .description(description)
    .argument("<folder>", `where ${name}.pem (secret) and ${name}.crt go`)
    .requiredOption("--root <file>", "root.pem, with the root's key")
    .action(async (folder: string, { root }: { root: string }) => {
      await demandAbsent(machine, join(folder, `${name}.pem`));
      const authority = await demandAuthority(machine, root);
      await keep(
        machine,
        folder,
        name,
        await createIntermediate(authority, kind, machine.random, wall(machine)),
      );
    });

export const agentsCaCommand = (machine: Machine): Command =>
  intermediate(machine, "agents-ca", "agents", "make the intermediate that issues agents' certificates");

export const hubCaCommand = (machine: Machine): Command =>
  intermediate(
    machine,
    "hub-ca",
    "hub-server",
    "make the intermediate that issues the hub's own certificate",
  );

export const showCommand = (machine: Machine): Command =>
  new Command("show")
    .description("say what is in a certificate file, with the hashes to compare by eye")
    .argument("<file>", "certificates in PEM; a key beside them is not shown")
    .action(async (file: string) => {
      const found = certificatesIn(await readText(machine, file));
      if (found.length === 0) throw new WrongUse(`${file} holds no certificate in PEM.`);
      found.forEach((pem, index) => {
        if (index > 0) machine.print("");
        for (const line of sheetOf(pem)) machine.print(line);
      });
    });

interface CrlFlags {
  readonly authority: string;
  readonly number: string;
  readonly revoked: readonly string[];
}

/** `<serial>@<date>` or `<serial>`, which means now. */
function revocation(text: string, nowMs: number) {
  const [serial = "", date] = text.toLowerCase().split("@");
  const revokedMs = date === undefined ? nowMs : Date.parse(date);
  if (!/^[0-9a-f]{1,40}$/.test(serial) || Number.isNaN(revokedMs)) {
    throw new WrongUse(`${text} is no serial number, or its date is none. Write 1f2e…@2026-11-23T10:00Z`);
  }
  return { serial, revokedMs };
}

export const crlCommand = (machine: Machine): Command =>
  new Command("crl")
    .description("make a revocation list, good for 24 hours, for servers in front of the hub")
    .argument("<file>", "where the list goes")
    .requiredOption(
      "--authority <file>",
      "key and certificate of who issued what is revoked, e.g. agents-ca.pem",
    )
    .requiredOption("--number <n>", "a number that rises with each list")
    .option("--revoked <serial...>", "what is revoked; serial@date says since when", [])
    .action(async (file: string, { authority, number, revoked }: CrlFlags) => {
      const nowMs = wall(machine);
      if (!/^[1-9]\d{0,14}$/.test(number)) throw new WrongUse(`${number} is no number for a list.`);
      const facts = {
        number: Number(number),
        revoked: revoked.map((text) => revocation(text, nowMs)),
        nowMs,
      };
      const pem = await createCrl(await demandAuthority(machine, authority), facts);
      await machine.files.replace(resolve(file), Buffer.from(pem, "utf8"), 0o644);
      machine.print(`${file}  ${revoked.length} revoked`);
    });
