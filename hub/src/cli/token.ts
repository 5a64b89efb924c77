import { Fault } from "@fyr/protocol";
import type { HubConfig } from "../config.ts";
import { dataFolder } from "./folder.ts";
import type { Machine } from "./machine.ts";
import { readOperator, renewOperator } from "./operator.ts";

/** A new operator token for a hub that exists; a running one takes it at its next start. */
export async function renewToken({ files, random }: Machine, { dataDir }: HubConfig): Promise<string> {
  const { operator, path } = dataFolder(dataDir);
  if ((await readOperator(files, operator)) === null)
    throw new Fault("HUB_NOT_INITIALISED", { folder: path });
  return renewOperator(files, operator, random);
}
