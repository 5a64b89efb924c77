import { resolve } from "node:path";
import { Command } from "commander";
import { importPkcs12 } from "../import/pkcs12.ts";
import { importPkcs7 } from "../import/pkcs7.ts";
import { saveCredentials } from "../pki/folder.ts";
import { certificatesIn } from "../pki/pem.ts";
import { demandAbsent, readBytes, readText } from "./files.ts";
import type { Machine } from "./machine.ts";
import { sheetOf } from "./sheet.ts";

interface ImportFlags {
  readonly out: string;
  readonly key?: string;
  readonly passwordFile?: string;
}

const password = async (machine: Machine, file: string | undefined): Promise<string> =>
  file === undefined
    ? machine.askSecret("Password of the file: ")
    : (await readText(machine, file)).replace(/\r?\n$/, "");

export const importCommand = (machine: Machine): Command =>
  new Command("import")
    .description("take over a certificate of your own authority, with its RSA key, for the hub's console")
    .argument("<file>", ".pfx or .p12 (key inside), or .p7b together with --key")
    .requiredOption("--out <file>", "where key and chain go, as PEM that you alone can read")
    .option("--key <file>", "private key in PEM, for .p7b files, which hold none")
    .option("--password-file <file>", "file with the password of a .pfx; it is asked for otherwise")
    .addHelpText(
      "after",
      "\nExamples:\n  certs import hub.pfx --out console.pem\n  certs import hub.p7b --key hub.key --out console.pem",
    )
    .action(async (file: string, { out, key, passwordFile }: ImportFlags) => {
      await demandAbsent(machine, out);
      const bytes = await readBytes(machine, file);
      const nowMs = machine.clock.wall();
      const bundle =
        key === undefined
          ? importPkcs12(bytes, await password(machine, passwordFile), nowMs)
          : importPkcs7(bytes, await readText(machine, key), nowMs);
      await saveCredentials(machine.files, resolve(out), bundle);
      machine.print(
        `${out}  key and chain of ${certificatesIn(bundle.chainPem).length}, readable by you alone`,
      );
      for (const line of sheetOf(bundle.chainPem)) machine.print(`  ${line}`);
    });
