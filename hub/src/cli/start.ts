import { Fault } from "@fyr/protocol";
import type { Logger, Process } from "@fyr/runtime";
import type { HubConfig } from "../config.ts";
import { createConnections } from "../http/connections.ts";
import { createMetrics } from "../http/prometheus.ts";
import { ensureExportKey, ensureLicenceKey, loadKeys } from "../pki/keys.ts";
import type { Doorbell } from "../ports.ts";
import { openLibrary } from "../releases/library.ts";
import { addresses, type Addresses } from "./addresses.ts";
import { dataFolder } from "./folder.ts";
import { late } from "./late.ts";
import { lockFolder } from "./lock.ts";
import type { Machine } from "./machine.ts";
import { openAgents } from "./open-agents.ts";
import { openApi, openMetrics } from "./open-api.ts";
import { openHub } from "./open-hub.ts";
import { readOperator } from "./operator.ts";
import type { Start } from "./parts.ts";

/**
 * Starts a hub in its data folder.
 *
 * @throws Fault `HUB_NOT_INITIALISED`, `INSTANCE_RUNNING`; Node's `EADDRINUSE` for a taken port
 */
export async function startHub(
  machine: Machine,
  config: HubConfig,
  log: Logger,
  { onClose }: Pick<Process, "onClose">,
): Promise<Addresses> {
  const { files, clock, ids } = machine;
  const folder = dataFolder(config.dataDir);
  const operator = await readOperator(files, folder.operator);
  if (operator === null) throw new Fault("HUB_NOT_INITIALISED", { folder: folder.path });
  onClose("lock", lockFolder(folder.lock));
  const keys = await loadKeys(files, folder.keys);
  const exports = await ensureExportKey(files, folder.keys);
  const licenceFiles = await ensureLicenceKey(files, folder.keys);
  const library = await openLibrary({
    files,
    clock,
    ids,
    log: log.child({ part: "images" }),
    keys: keys.releases,
    imagesFolder: folder.images,
    metadataFolder: folder.metadata,
  });
  library.start();
  onClose("images", () => library.stop());
  const connections = createConnections();
  const metrics = createMetrics();
  const start: Start = {
    machine,
    config,
    log,
    onClose,
    folder,
    keys,
    exports,
    licenceFiles,
    library,
    connections,
    metrics,
    known: late<Addresses>(),
  };
  const bell = late<Doorbell>();
  const hub = await openHub(start, { ring: (agents) => bell.get()?.ring(agents) });
  const agents = await openAgents(start, hub, bell);
  const api = await openApi(start, hub, operator);
  const found = addresses(config, { ...agents, api, metrics: await openMetrics(start, hub) });
  start.known.came(found);
  log.info({ ...found }, "hub is ready");
  return found;
}
