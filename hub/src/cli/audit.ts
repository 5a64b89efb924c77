import type { Command } from "commander";
import { isSound, type CheckedExport } from "../audit/check-export.ts";
import type { SealBreach } from "../exports/signed-lines.ts";
import type { Verified } from "../verify/checks.ts";
import { inRed, type Machine } from "./machine.ts";
import { checkExportFile, keyFromFile, ownExportKey, verifyHub } from "./verify.ts";
import type { FolderCommands } from "./program.ts";

const SEALS: Readonly<Record<SealBreach, string>> = {
  "cut short": "its end is missing: the last line is not the hub's seal",
  altered: "it is not what the hub signed: a line was altered, taken out or put in",
  forged: "its signature is not by this key",
  "another key": "it was signed with another key: another hub's, perhaps",
};

/** What a signed export is, in the words of the command line. */
export function toldOfExport(file: string, checked: CheckedExport): string[] {
  const { header, entries, seal, breaks, strange } = checked;
  if (isSound(checked) && header) {
    const { seq, hash } = header.head;
    const end = `the chain ended at entry ${seq}, ${hash}`;
    return [`${file}: ${entries} entries of organisation ${header.orgId}, as the hub signed them; ${end}`];
  }
  return [
    ...(seal ? [SEALS[seal]] : []),
    ...(header ? [] : ["its first line is no header of an audit export"]),
    ...breaks.map(({ seq, why }) => `entry ${seq}: ${why}`),
    ...strange.map((line) => `line ${line} is no entry`),
  ].map((what) => inRed(`${file}: ${what}`));
}

const toldOf = (verified: readonly Verified[]): string[] =>
  verified.flatMap(({ name, looked, findings }) => [
    `${name}: ${looked}, ${findings.length === 0 ? "all in order" : `${findings.length} not in order`}`,
    ...findings.map(({ where, seq, what }) =>
      inRed(`${name}: ${where}${seq === null ? "" : `, entry ${seq}`}: ${what}`),
    ),
  ]);

const collected = (file: string, files: readonly string[]): string[] => [...files, file];

/** `hub verify` and `hub audit`. */
export function addAuditCommands(
  program: Command,
  machine: Machine,
  { onFolder, settings }: FolderCommands,
): void {
  onFolder(program.command("verify"))
    .description("look whether anything that the hub keeps was tampered with; it may be running")
    .option(
      "--export <file>",
      "a signed export that the audit has to agree with; may be repeated",
      collected,
      [],
    )
    .option("--json", "answer as one JSON line")
    .action(async (flags: Parameters<typeof settings>[0] & { export: string[]; json?: boolean }) => {
      const verified = await verifyHub(machine, settings(flags), flags.export);
      for (const line of flags.json ? [JSON.stringify(verified)] : toldOf(verified)) machine.print(line);
      if (verified.some(({ findings }) => findings.length > 0)) process.exitCode = 1;
    });

  const audit = program.command("audit").description("check exports of the audit log");
  audit
    .command("verify")
    .description("look whether a signed export is what the hub wrote, whole and unaltered")
    .argument("<file>")
    .requiredOption("--key <file>", "the hub's public key in PEM: hub audit key, or GET /api/v1/signing-keys")
    .option("--json", "answer as one JSON line")
    .action(async (file: string, { key, json }: { key: string; json?: boolean }) => {
      const checked = await checkExportFile(file, await keyFromFile(key));
      for (const line of json ? [JSON.stringify(checked)] : toldOfExport(file, checked)) machine.print(line);
      if (!isSound(checked)) process.exitCode = 1;
    });
  onFolder(audit.command("key"))
    .description("show the public key that this hub's exports are checked with")
    .action(async (flags: Parameters<typeof settings>[0]) =>
      machine.print((await ownExportKey(machine, settings(flags))).trimEnd()),
    );
}
