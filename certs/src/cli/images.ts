import { createPublicKey } from "node:crypto";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { signDraft } from "../images/draft.ts";
import { saveSigningKey } from "../images/key-file.ts";
import { refreshOnline } from "../images/online.ts";
import { initRepository, resign, rotateRootKeys, withdraw } from "../images/publish.ts";
import { newSigningKey } from "../images/signing-key.ts";
import { demandAbsent, readSigners } from "./files.ts";
import { addCommand } from "./images-add.ts";
import { rolesOf, withRoles, type RoleFlags } from "./images-roles.ts";
import { showRepository } from "./images-show.ts";
import type { Machine } from "./machine.ts";
import { openRepository, repositoryIn, tell, withSigners } from "./repository.ts";
import { WrongUse } from "./wrong-use.ts";

const keyCommand = (machine: Machine): Command =>
  new Command("key")
    .description("make a key that signs images; the public half is for the others")
    .argument("<file>", "where the private key goes; the public one goes to <file>.pub")
    .action(async (file: string) => {
      await demandAbsent(machine, file);
      await machine.files.ensureFolder(dirname(resolve(file)));
      const key = newSigningKey();
      await saveSigningKey(machine.files, resolve(file), key);
      const pem = createPublicKey(key.key).export({ type: "spki", format: "pem" }).toString();
      await machine.files.replace(resolve(`${file}.pub`), Buffer.from(pem, "utf8"), 0o644);
      machine.print(`${file}  private key, readable by you alone`);
      machine.print(`${file}.pub  public key ${key.keyid}`);
    });

const initCommand = (machine: Machine): Command =>
  withRoles(new Command("init"))
    .description("start a repository of signed images; signs with every private key that is named")
    .argument("<folder>", "where the metadata goes")
    .action(async (folder: string, flags: RoleFlags) => {
      const { roles, signers } = await rolesOf(machine, flags);
      const { root, targets, snapshot, timestamp } = roles;
      if (!root || !targets || !snapshot || !timestamp) {
        throw new WrongUse(
          "A repository needs --root, --targets and --online. Make keys with: certs images key <file>",
        );
      }
      const all = { root, targets, snapshot, timestamp };
      const done = await initRepository(repositoryIn(machine, folder), all, signers, machine.clock.wall());
      for (const publication of done) tell(machine, publication);
    });

interface KeyFlags {
  readonly key: readonly string[];
}

const withdrawCommand = (machine: Machine): Command =>
  withSigners(new Command("withdraw"))
    .description("mark images as withdrawn: no agent starts with them any more")
    .argument("<folder>", "the repository")
    .argument("<digest...>", "SHA-256 of the images")
    .action(async (folder: string, digests: string[], { key }: KeyFlags) => {
      const signers = await readSigners(machine, key);
      tell(
        machine,
        await withdraw(await openRepository(machine, folder), digests, signers, machine.clock.wall()),
      );
    });

const resignCommand = (machine: Machine): Command =>
  withSigners(new Command("resign"))
    .description("sign the list of images again, for another 90 days")
    .argument("<folder>", "the repository")
    .action(async (folder: string, { key }: KeyFlags) => {
      const signers = await readSigners(machine, key);
      tell(machine, await resign(await openRepository(machine, folder), signers, machine.clock.wall()));
    });

const signCommand = (machine: Machine): Command =>
  withSigners(new Command("sign"))
    .description("add your signature to what waits for more")
    .argument("<folder>", "the repository")
    .argument("<role>", "root or targets")
    .action(async (folder: string, role: string, { key }: KeyFlags) => {
      if (role !== "root" && role !== "targets")
        throw new WrongUse(`Only root and targets wait for people, not ${role}.`);
      tell(
        machine,
        await signDraft(await openRepository(machine, folder), role, await readSigners(machine, key)),
      );
    });

const rotateCommand = (machine: Machine): Command =>
  withRoles(withSigners(new Command("rotate")))
    .description(
      "replace keys, or give the root another 12 months: needs enough of the old and of the new root keys",
    )
    .argument("<folder>", "the repository")
    .addHelpText(
      "after",
      "\nExample:\n  certs images rotate metadata --root new1.pem new2.pem --root-threshold 2 --key old1.pem old2.pem",
    )
    .action(async (folder: string, flags: RoleFlags & KeyFlags) => {
      const { roles, signers } = await rolesOf(machine, flags);
      const all = [...(await readSigners(machine, flags.key)), ...signers];
      tell(
        machine,
        await rotateRootKeys(await openRepository(machine, folder), roles, all, machine.clock.wall()),
      );
      machine.print("When a role's own keys changed, sign its list again: certs images resign");
    });

const refreshCommand = (machine: Machine): Command =>
  withSigners(new Command("refresh"))
    .description("what a hub does by itself: say with the online key that this list is the newest")
    .argument("<folder>", "the repository")
    .action(async (folder: string, { key }: KeyFlags) => {
      const signers = await readSigners(machine, key);
      const done = await refreshOnline(await openRepository(machine, folder), signers, machine.clock.wall());
      machine.print(done.changed ? `timestamp ${done.timestampVersion} is published.` : "Nothing is due.");
    });

const showCommand = (machine: Machine): Command =>
  new Command("show")
    .description("who may sign, what is listed, what runs out when")
    .argument("<folder>", "the repository")
    .action(async (folder: string) => {
      for (const line of await showRepository(await openRepository(machine, folder), machine.clock.wall()))
        machine.print(line);
    });

const EXAMPLES = `
One person:
  certs images key keys/root.pem && certs images key keys/targets.pem && certs images key keys/online.pem
  certs images init metadata --root keys/root.pem --targets keys/targets.pem --online keys/online.pem

Two of three people, each key on its own machine, the hub's online key by its public half:
  certs images init metadata --root anna.pem bert.pem.pub cara.pem.pub --root-threshold 2 \\
    --targets anna.pem bert.pem.pub cara.pem.pub --targets-threshold 2 --online hub.pub
  certs images sign metadata root --key bert.pem`;

/** The publishers' commands. */
export function imagesCommand(machine: Machine): Command {
  const command = new Command("images").description(
    "sign AXIS OS images, so that agents install nothing else",
  );
  const commands = [keyCommand, initCommand, addCommand, withdrawCommand, resignCommand, signCommand];
  for (const make of [...commands, rotateCommand, refreshCommand, showCommand])
    command.addCommand(make(machine));
  return command.addHelpText("after", EXAMPLES);
}
