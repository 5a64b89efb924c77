import { Fault } from "@fyr/protocol";
import type { Logger, Process } from "@fyr/runtime";
import type { HubConfig } from "../config.ts";
import type { ExportSigner } from "../exports/signed-lines.ts";
import type { ConnectionBook } from "../http/connections.ts";
import type { LicenceFiles } from "../licences/systems.ts";
import type { Metrics } from "../http/prometheus.ts";
import type { HubKeys } from "../pki/keys.ts";
import type { ImageLibrary } from "../releases/library.ts";
import type { Addresses } from "./addresses.ts";
import type { DataFolder } from "./folder.ts";
import type { Late } from "./late.ts";
import type { Machine } from "./machine.ts";

/** What every part of a starting hub is handed. */
export interface Start {
  readonly machine: Machine;
  readonly config: HubConfig;
  readonly log: Logger;
  readonly onClose: Process["onClose"];
  readonly folder: DataFolder;
  readonly keys: HubKeys;
  readonly exports: ExportSigner;
  readonly licenceFiles: LicenceFiles;
  readonly library: ImageLibrary;
  readonly connections: ConnectionBook;
  readonly metrics: Metrics;
  /** Known once everything listens. */
  readonly known: Late<Addresses>;
}

/** @throws Fault `HUB_BUSY` while the hub is still opening its listeners */
export function told({ known }: Pick<Start, "known">): Addresses {
  const found = known.get();
  if (!found) throw new Fault("HUB_BUSY", { reason: "starting" });
  return found;
}
