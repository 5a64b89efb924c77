import { resolve } from "node:path";
import type { Command } from "commander";
import type { Publication } from "../images/draft.ts";
import { draftName, newestVersion, readFile, type Repository } from "../images/repository.ts";
import { inRed, type Machine } from "./machine.ts";
import { WrongUse } from "./wrong-use.ts";

export const repositoryIn = ({ files }: Machine, folder: string): Repository => ({
  files,
  folder: resolve(folder),
});

/** @throws WrongUse when nobody has started a repository there */
export async function openRepository(machine: Machine, folder: string): Promise<Repository> {
  const repository = repositoryIn(machine, folder);
  const [root, draft] = [
    await newestVersion(repository, "root"),
    await readFile(repository, "root", draftName("root")),
  ];
  if (root === 0 && !draft)
    throw new WrongUse(`There is no repository in ${folder}. Start one with: certs images init`);
  return repository;
}

/** Says what became of a change. */
export function tell({ print }: Machine, publication: Publication): void {
  const { role, version } = publication;
  if (publication.state === "published") print(`${role} ${version} is published.`);
  else {
    print(inRed(`${role} ${version} waits for ${publication.missing} more signature(s).`));
    print(`The next signer runs: certs images sign <folder> ${role} --key <file>`);
  }
}

/** Adds the keys that sign. */
export const withSigners = (command: Command): Command =>
  command.requiredOption("--key <file...>", "private key of a publisher; several in a row or repeated");
