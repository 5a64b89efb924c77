import type { Command } from "commander";
import { check, EmailAddress, Label, LANGUAGES, TimeZone } from "@fyr/protocol";
import { askSecret } from "@fyr/runtime";
import { z } from "zod";
import { operatorActs, type ListedAccount, type MadeAccount } from "../accounts/operator-acts.ts";
import { base32 } from "../accounts/secret.ts";
import { suspension } from "../members/suspend.ts";
import type { HubConfig } from "../config.ts";
import type { Machine } from "./machine.ts";
import { onDatabase } from "./open-database.ts";
import type { FolderCommands, SettingFlags } from "./program.ts";

interface CreateFlags extends SettingFlags {
  readonly email: string;
  readonly name: string;
  readonly language: string;
  readonly timeZone: string;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

const Wish = z.strictObject({
  email: EmailAddress,
  name: Label,
  language: z.enum(LANGUAGES),
  timeZone: TimeZone,
});

/** Everything about the new account that is shown once; the password only when it was made here. */
type Shown = MadeAccount & { readonly email: string; readonly password: string | null };

const GROUPS = /.{6}/g;
const PASSWORD_BYTES = 15;

async function create(machine: Machine, config: HubConfig, flags: CreateFlags): Promise<Shown> {
  const { email, name, language, timeZone } = flags;
  const wish = check(Wish, { email, name, language, timeZone });
  const made = flags.passwordStdin
    ? null
    : (base32(machine.random.bytes(PASSWORD_BYTES)).toLowerCase().match(GROUPS) ?? []).join("-");
  const password = made ?? (await askSecret(process.stdin, process.stderr, "Password: "));
  return onDatabase(machine, config, "write", async ({ ports, store }) => {
    const account = await operatorActs(ports, store).createAccount({ ...wish, password });
    return { ...account, email: wish.email, password: made };
  });
}

const toldOfNew = ({ email, password, secret, url, recoveryCodes }: Shown): string[] => [
  `Account ${email}. What follows is shown this once.`,
  "",
  ...(password === null ? [] : [`  Password:       ${password}`]),
  `  Authenticator:  ${url}`,
  `  or by hand:     ${secret}`,
  "",
  "  Recovery codes, each good for one sign-in without the authenticator:",
  ...recoveryCodes.map((code) => `    ${code}`),
];

const dateOf = (ms: number | null): string =>
  ms === null ? "never" : new Date(ms).toISOString().slice(0, 10);

const toldOfOne = ({ email, name, factorMethod, createdAt, signedInAt }: ListedAccount): string =>
  [email, name, factorMethod ?? "no second factor", dateOf(createdAt), dateOf(signedInAt)].join("\t");

async function list(machine: Machine, config: HubConfig): Promise<ListedAccount[]> {
  return onDatabase(machine, config, "read", async ({ ports, store }) => {
    const { accounts } = operatorActs(ports, store);
    const found: ListedAccount[] = [];
    for (let after: string | undefined, more = true; more;) {
      const { items, next } = await accounts({ limit: 500, after });
      found.push(...items);
      after = next ?? undefined;
      more = next !== null;
    }
    return found;
  });
}

/** `hub admin account`: what the operator does to accounts at the machine, without the API. */
export function addAccountCommands(
  admin: Command,
  machine: Machine,
  { onFolder, settings }: FolderCommands,
): void {
  const account = admin.command("account").description("accounts of people");
  onFolder(account.command("create"))
    .description("make an account with an authenticator; its address needs no proof")
    .requiredOption("--email <address>", "the address to sign in with")
    .requiredOption("--name <name>", "the person's name")
    .option("--language <code>", "en or fr", "en")
    .option("--time-zone <zone>", "such as Europe/Paris", "UTC")
    .option("--password-stdin", "read the password from standard input instead of making one")
    .option("--json", "answer as one JSON line")
    .action(async (flags: CreateFlags) => {
      const made = await create(machine, settings(flags), flags);
      for (const line of flags.json ? [JSON.stringify(made)] : toldOfNew(made)) machine.print(line);
    });
  onFolder(account.command("reset-factor"))
    .description("take a lost second factor away; sessions end, and the next sign-in chooses another one")
    .requiredOption("--email <address>", "whose")
    .requiredOption(
      "--reason <text>",
      "why, and how the person was identified: it is written to the audit log",
    )
    .action(async ({ email, reason, ...flags }: SettingFlags & { email: string; reason: string }) => {
      const wish = check(z.strictObject({ email: EmailAddress, reason: Label }), { email, reason });
      await onDatabase(machine, settings(flags), "write", ({ ports, store }) =>
        operatorActs(ports, store).resetFactor(wish.email, wish.reason),
      );
      machine.print(`The second factor of ${wish.email} was reset.`);
    });
  const shutting = (name: "suspend" | "restore", what: string, done: string) =>
    onFolder(account.command(name))
      .description(what)
      .requiredOption("--email <address>", "whose")
      .requiredOption("--reason <text>", "why: it is written to the audit log")
      .action(async ({ email, reason, ...flags }: SettingFlags & { email: string; reason: string }) => {
        const wish = check(z.strictObject({ email: EmailAddress, reason: Label }), { email, reason });
        await onDatabase(machine, settings(flags), "write", ({ ports, store }) =>
          suspension(ports, store)[name](wish.email, wish.reason),
        );
        machine.print(`The account of ${wish.email} ${done}.`);
      });
  shutting(
    "suspend",
    "shut an account: sessions end at once and sign-in is refused; what it owns stays its own",
    "is suspended",
  );
  shutting("restore", "open a suspended account again", "is open again");
  onFolder(account.command("list"))
    .description("list accounts: address, name, second factor, made, last signed in")
    .option("--json", "answer as one JSON line")
    .action(async (flags: SettingFlags & { json?: boolean }) => {
      const found = await list(machine, settings(flags));
      for (const line of flags.json ? [JSON.stringify(found)] : found.map(toldOfOne)) machine.print(line);
    });
}
