import { Command } from "commander";
import { agentsCaCommand, crlCommand, hubCaCommand, rootCommand, showCommand } from "./authorities.ts";
import { imagesCommand } from "./images.ts";
import { importCommand } from "./import.ts";
import type { Machine } from "./machine.ts";

const EXAMPLES = `
Examples:
  certs root /media/offline && certs agents-ca pki --root /media/offline/root.pem
  certs show pki/agents-ca.crt
  certs images --help`;

/** The commands of those who hold keys: authorities, publishers, and customers with an authority of their own. */
export function createProgram(machine: Machine): Command {
  const program = new Command("certs")
    .description(
      "Fyr's keys and certificates: authorities, signed images, certificates of your own authority.",
    )
    .showHelpAfterError()
    .addHelpText("after", EXAMPLES);
  const commands = [
    rootCommand,
    agentsCaCommand,
    hubCaCommand,
    crlCommand,
    showCommand,
    importCommand,
    imagesCommand,
  ];
  for (const make of commands) program.addCommand(make(machine));
  return program;
}
