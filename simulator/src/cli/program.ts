import { Command, InvalidArgumentError, Option } from "commander";
import { GENERATION_NAMES, type GenerationName } from "../fleet/mix.ts";
import type { ServeFlags } from "./serve.ts";
import type { ServerFlags } from "./server.ts";

const number =
  (low: number, high: number, whole = true) =>
  (text: string): number => {
    const value = Number(text);
    const fits = text.trim() !== "" && value >= low && value <= high && (!whole || Number.isInteger(value));
    if (!fits) throw new InvalidArgumentError(`Expected a number from ${low} to ${high}.`);
    return value;
  };

function generations(text: string): GenerationName[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !GENERATION_NAMES.includes(name as GenerationName));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Expected some of ${GENERATION_NAMES.join(", ")}.`);
  return names as GenerationName[];
}

const withServeOptions = (command: Command): Command =>
  command
    .option("--devices <n>", "how many", number(1, 200_000), 12)
    .option("--seed <text>", "the same seed gives the same devices", "1")
    .option(
      "--speed <x>",
      "divides the time that flashing and booting take; 1 is life-like",
      number(0.01, 100_000, false),
      1,
    )
    .option("--first-address <address>", "of the first device, in 127.0.0.0/8", "127.20.0.1")
    .option("--generations <list>", "generations of AXIS OS, taken in turn", generations)
    .option("--data <dir>", "keep what the devices remember here, and go on there")
    .option("--http-port <port>", "0: a free one", number(0, 65_535), 0)
    .option("--https-port <port>", "0: a free one", number(0, 65_535), 0)
    .option("--truth-port <port>", "of the truth API on 127.0.0.1; 0: a free one", number(0, 65_535), 0)
    .option("--image-bytes <n>", "size of each image", number(1_000, 1_000_000_000), 2_000_000)
    .addOption(new Option("--json", "print one JSON line when everything is served"));

/** The command line; what it does is handed in. */
export function program(
  serve: (flags: ServeFlags) => Promise<void>,
  serveHost: (flags: ServerFlags) => Promise<void> = () => Promise.resolve(),
): Command {
  const root = new Command("simulate").description(
    "Imitates Axis devices on loopback addresses of this machine.",
  );
  withServeOptions(root.command("devices"))
    .description("serve simulated devices")
    .option("--images <dir>", "write the images that the devices can be upgraded to")
    .action(serve);
  withServeOptions(root.command("site"))
    .description("serve the devices of a site, and write the images for them")
    .option("--images <dir>", "where the images go", "data/images")
    .action(serve);
  root
    .command("server")
    .description("run a host with an ACS Pro server, and write a package for it")
    .option("--root <dir>", "the host's folder", "data/server")
    .option("--machine-id <id>", "what the host calls itself for ever", "4c4c4544-0042-3510")
    .option("--from <version>", "the version that it runs at first", "6.17.26511")
    .option("--target <version>", "the version of the package", "6.18.27687")
    .option("--control-port <port>", "of the host's supervisor; 0: a free one", number(0, 65_535), 0)
    .option("--service-port <port>", "of the service; 0: a free one", number(0, 65_535), 0)
    .option("--stop-ms <ms>", "how long the service takes to stop", number(0, 600_000), 1_000)
    .addOption(new Option("--json", "print one JSON line when the host runs"))
    .action(serveHost);
  return root;
}
