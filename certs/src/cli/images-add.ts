import { resolve } from "node:path";
import { Command } from "commander";
import { draftFacts, type FactWishes } from "../images/draft-facts.ts";
import { imagePath, type ImageFacts } from "../images/facts.ts";
import { inspectImage, type ImageInfo } from "../images/inspect.ts";
import { inspectPackage } from "../images/inspect-package.ts";
import { chunksPath, measureImage } from "../images/measure.ts";
import { addImages } from "../images/publish.ts";
import { overFile, readSigners } from "./files.ts";
import type { Machine } from "./machine.ts";
import { WrongUse } from "./wrong-use.ts";
import { openRepository, tell, withSigners } from "./repository.ts";

interface AddFlags {
  readonly key: readonly string[];
  readonly store?: string;
  readonly model?: readonly string[];
  readonly hardwareId?: readonly string[];
  readonly from?: readonly string[];
  readonly step?: readonly string[];
  readonly counter?: string;
  readonly product?: string;
  readonly packageVersion?: string;
  readonly notes?: string;
}

const wishesOf = ({ model, hardwareId, from, step, counter, product, notes }: AddFlags): FactWishes => ({
  ...(model && { models: model }),
  ...(hardwareId && { hardwareIds: hardwareId }),
  ...(from && { upgradeableFrom: from }),
  ...(step && { mandatorySteps: step }),
  ...(counter !== undefined && { releaseCounter: Number(counter) }),
  ...(product !== undefined && { product }),
  ...(notes !== undefined && { notes }),
});

/** Reads one image twice: once for what it is, once for what it says. */
async function survey(machine: Machine, path: string, flags: AddFlags): Promise<ImageFacts> {
  const measured = await overFile(machine, path, measureImage);
  const info = await overFile(machine, path, (bytes) => inspect(bytes, flags));
  const facts = draftFacts(measured, info, wishesOf(flags));
  machine.print(`${path}  ${facts.version} for ${facts.models.join(", ")}`);
  machine.print(`  sha256 ${facts.digest}`);
  if (flags.store !== undefined) await store(machine, flags.store, path, facts, measured.chunks);
  return facts;
}

/** A server's package is told apart by whoever adds it: it does not say what it is for. */
function inspect(
  bytes: AsyncIterable<Uint8Array>,
  { product, packageVersion: version }: AddFlags,
): Promise<ImageInfo> {
  if (version === undefined) return inspectImage(bytes);
  if (product === undefined) throw new WrongUse("A package needs --product beside --package-version.");
  return inspectPackage(bytes, { product, version });
}

/** Copies an image under its digest, with the hashes of its pieces beside it. */
async function store(machine: Machine, folder: string, path: string, facts: ImageFacts, chunks: Uint8Array) {
  const { files } = machine;
  await files.ensureFolder(resolve(folder));
  const draft = resolve(folder, `${imagePath(facts.digest)}.new`);
  const copy = await files.open(draft, "write");
  try {
    let at = 0;
    await overFile(machine, path, async (bytes) => {
      for await (const chunk of bytes) {
        await copy.write(chunk, at);
        at += chunk.length;
      }
    });
    await copy.truncate(at);
    await copy.sync();
  } finally {
    await copy.close();
  }
  await files.replace(resolve(folder, chunksPath(facts.digest)), chunks, 0o644);
  await files.rename(draft, resolve(folder, imagePath(facts.digest)));
}

export const addCommand = (machine: Machine): Command =>
  withSigners(new Command("add"))
    .description("list images: read what they say of themselves, sign it")
    .argument("<folder>", "the repository")
    .argument("<image...>", "AXIS OS image files (.bin), or one package of a server (.msi, .tgz)")
    .option("--store <folder>", "also copy the images there, each under its digest")
    .option("--model <name...>", "models it fits (ProdNbr), where the image names none")
    .option("--hardware-id <id...>", "hardware ids it fits, where the image names none")
    .option(
      "--from <version...>",
      "versions or tracks it may be installed over; any, when neither image nor you say",
    )
    .option("--step <track...>", "tracks that no device may jump over, e.g. 9.80 10.12")
    .option("--counter <n>", "release counter; follows from the version otherwise")
    .option("--product <name>", "what it is for; camera otherwise")
    .option("--package-version <version>", "of a server's package: the version that it holds")
    .option("--notes <text>", "shown to operators")
    .addHelpText(
      "after",
      "\nExample:\n  certs images add metadata P3265-V_12_11_77.bin --key anna.pem --step 10.12 11.11" +
        "\n  certs images add metadata AXISCameraStationProSetup.msi --key anna.pem --product acs-pro-server --package-version 6.18.27687",
    )
    .action(async (folder: string, images: string[], flags: AddFlags) => {
      const signers = await readSigners(machine, flags.key);
      const facts: ImageFacts[] = [];
      for (const path of images) facts.push(await survey(machine, path, flags));
      tell(
        machine,
        await addImages(await openRepository(machine, folder), facts, signers, machine.clock.wall()),
      );
    });
