import type { Command } from "commander";
import {
  AnnounceHardware,
  check,
  IssueKeys,
  ReplaceHardware,
  SetAnchor,
  VoidKey,
  type GrowthReport,
  type LicenceChange,
} from "@fyr/protocol";
import { ConfigError } from "@fyr/runtime";
import { CATALOGUE } from "../licences/catalogue.ts";
import type { CivilDate } from "../licences/civil-date.ts";
import { inUse } from "../licences/in-use.ts";
import { operatorLicences, type OperatorLicences } from "../licences/operator-service.ts";
import { issueToFile, OPERATOR, type KeyFile } from "./key-file.ts";
import type { Machine } from "./machine.ts";
import { onDatabase } from "./open-database.ts";
import type { FolderCommands, SettingFlags } from "./program.ts";

interface Flags extends SettingFlags {
  readonly json?: boolean;
}

interface Item {
  readonly type: string;
  readonly qty: number;
  readonly termYears: number;
}

const ITEM = /^([A-Z0-9-]+):(\d{1,7})(?::(\d))?$/;

function readItem(text: string, before: readonly Item[]): Item[] {
  const [, type = "", qty, termYears = "1"] = ITEM.exec(text) ?? [];
  if (qty === undefined)
    throw new ConfigError(
      `--item ${text}: expected TYPE:QUANTITY, or TYPE:QUANTITY:YEARS, such as CORE:60 or CORE:10:5`,
    );
  return [...before, { type, qty: Number(qty), termYears: Number(termYears) }];
}

const byType = (items: readonly Item[]): Record<string, number> =>
  Object.fromEntries(items.map(({ type, qty }) => [type, qty]));

const countText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([type, n]) => `${n} ${type}`)
    .join(", ");

const toldOfKeys = ({ batch, keys, file, begunBefore }: KeyFile): string =>
  begunBefore
    ? `Batch ${batch} had been issued when the command was cut off: its ${keys} keys are in ${file}.`
    : `${keys} keys of batch ${batch} are in ${file}, and nowhere else. The hub keeps a hash of each.`;

const toldOfGrowth = ({ orgId, product, since, seats, inUse: devices, minimum }: GrowthReport): string =>
  [orgId, product, `since ${since}`, `${countText(devices)} on ${countText(seats)} seats`].join("\t") +
  `\t${countText(minimum)} seats short`;

const toldOfRecords = ({ records }: LicenceChange): string =>
  records.map(({ id, type }) => `${type} ${id}`).join(", ");

/** `hub admin licence`: what the operator does with licences at the machine, without the API. */
export function addLicenceCommands(
  admin: Command,
  machine: Machine,
  { onFolder, settings }: FolderCommands,
): void {
  const licence = admin.command("licence").description("licence keys, hardware, first days, growth");
  const acting = (name: string) =>
    onFolder(licence.command(name)).option("--json", "answer as one JSON line");
  const forReason = (name: string) =>
    acting(name).requiredOption("--reason <text>", "why: it is written to the audit log");
  const withOperator = <T>(
    flags: SettingFlags,
    how: "read" | "write",
    work: (operator: OperatorLicences) => Promise<T>,
  ): Promise<T> =>
    onDatabase(machine, settings(flags), how, ({ ports, store }) =>
      work(operatorLicences({ ports, store, catalogue: CATALOGUE, inUse })),
    );
  const tell = (flags: Flags, answer: unknown, lines: readonly string[]) => {
    for (const line of flags.json ? [JSON.stringify(answer)] : lines) machine.print(line);
  };

  acting("issue")
    .description("make a batch of licence keys into a CSV file; their texts are nowhere else")
    .requiredOption("--product <code>", "of which product, such as VMS")
    .requiredOption("--item <type:qty[:years]>", "what each key holds; may be repeated", readItem, [])
    .requiredOption("--batch <name>", "how the batch is found again; each name once")
    .requiredOption("--out <file>", "a file that is not there yet; only its owner will read it")
    .option("--kind <kind>", "subscription, extension or upgrade", "subscription")
    .option("--count <n>", "how many keys, at most 10,000", Number, 1)
    .action(async (flags: Flags & IssueFlags) => {
      const { product, item: items, batch, kind, count, out } = flags;
      const wish = check(IssueKeys, { product, items, batch, kind, count });
      const made = await withOperator(flags, "write", (operator) =>
        issueToFile(machine.files, operator, wish, out),
      );
      tell(flags, made, [toldOfKeys(made)]);
    });
  forReason("void")
    .description("make a licence key worthless, as long as nobody redeemed it")
    .requiredOption("--key <text>", "the key, as it was sold")
    .action(async ({ key, reason, ...flags }: Flags & { key: string; reason: string }) => {
      const wish = check(VoidKey, { key, reason });
      await withOperator(flags, "write", (operator) => operator.voidKey(OPERATOR, wish.key, wish.reason));
      tell(flags, { voided: true }, ["The key is void."]);
    });
  acting("announce")
    .description("say which licences a piece of hardware is sold with")
    .requiredOption("--hardware <id>", "the hardware's id")
    .requiredOption("--product <code>", "of which product")
    .requiredOption("--item <type:qty>", "what it carries; may be repeated", readItem, [])
    .action(async (flags: Flags & { hardware: string; product: string; item: Item[] }) => {
      const { hardware, product, items } = check(AnnounceHardware, {
        ...{ hardware: flags.hardware, product: flags.product, items: byType(flags.item) },
      });
      await withOperator(flags, "write", (operator) =>
        operator.announceHardware(OPERATOR, { hwId: hardware, product, items }),
      );
      tell(flags, { hardware, items }, [`${hardware} carries ${countText(items)}.`]);
    });
  forReason("replace")
    .description("move the licences of broken hardware to what replaces it (RMA)")
    .requiredOption("--id <id>", "the organisation's id")
    .requiredOption("--from <hardware>", "the broken one")
    .requiredOption("--to <hardware>", "what replaces it")
    .action(async ({ id: orgId, from, to, reason, ...flags }: Flags & ReplaceFlags) => {
      const wish = check(ReplaceHardware, { orgId, from, to, reason });
      const change = await withOperator(flags, "write", (operator) =>
        operator.replaceHardware(OPERATOR, wish),
      );
      tell(flags, change, [`The licences of ${from} are on ${to}: ${toldOfRecords(change)}.`]);
    });
  forReason("anchor")
    .description("set another first day of an organisation's years, as long as nothing was ever allocated")
    .requiredOption("--id <id>", "the organisation's id")
    .requiredOption("--date <day>", "such as 2026-03-01, not later than the first start of a product")
    .action(async ({ id: orgId, date, reason, ...flags }: Flags & AnchorFlags) => {
      const { anchor, ...wish } = check(SetAnchor, { orgId, anchor: date, reason });
      const change = await withOperator(flags, "write", (operator) =>
        operator.setAnchor(OPERATOR, { ...wish, anchor: anchor as CivilDate }),
      );
      tell(flags, change, [`The years begin on ${anchor}: ${toldOfRecords(change)}.`]);
    });
  acting("growth")
    .description("list organisations that have had more devices than their seats allow for")
    .action(async (flags: Flags) => {
      const { items } = await withOperator(flags, "read", (operator) => operator.growth());
      tell(flags, items, items.length > 0 ? items.map(toldOfGrowth) : ["Nobody is over the limit."]);
    });
}

interface IssueFlags {
  readonly product: string;
  readonly item: readonly Item[];
  readonly batch: string;
  readonly kind: string;
  readonly count: number;
  readonly out: string;
}

interface ReplaceFlags {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

interface AnchorFlags {
  readonly id: string;
  readonly date: string;
  readonly reason: string;
}
