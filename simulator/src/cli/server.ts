import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { sleep, type Process } from "@fyr/runtime";
import { serverPackage } from "../host/package.ts";
import { openTree } from "../host/tree/tree.ts";
import type { ServePorts } from "./serve.ts";

export interface ServerFlags {
  readonly root: string;
  readonly machineId: string;
  readonly from: string;
  readonly target: string;
  readonly controlPort: number;
  readonly servicePort: number;
  readonly stopMs: number;
  readonly json?: boolean;
}

/** One line that tells a parent process what host runs, and where the package for it lies. */
export interface ServerReady {
  readonly ready: true;
  readonly root: string;
  readonly uid: string;
  readonly control: string;
  readonly service: string;
  readonly package: { readonly file: string; readonly version: string; readonly sha256: string };
}

/** Runs a host with a simulated ACS Pro server until the process is asked to stop, and writes a package for it. */
export async function serveHost(
  flags: ServerFlags,
  { clock, files, print }: Pick<ServePorts, "clock" | "files" | "print">,
  process: Process,
  node: string,
): Promise<void> {
  const { machineId, from, target, controlPort, servicePort, stopMs } = flags;
  const root = resolve(flags.root);
  const wait = (ms: number) => sleep(clock, ms);
  const tree = await openTree({
    ...{ root, node, version: from, machineId, devices: [] },
    ...{ controlPort, servicePort, stopMs, bootMs: stopMs, wait },
  });
  process.onClose("host", () => tree.close());
  const bytes = await serverPackage({ version: target });
  const file = join(root, `acs-pro-server_${target}.tgz`);
  await files.replace(file, bytes, 0o644);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const ready: ServerReady = {
    ...{
      ready: true,
      root,
      uid: `acs-pro-server:${machineId}`,
      control: tree.control,
      service: tree.service,
    },
    package: { file, version: target, sha256 },
  };
  print(flags.json ? JSON.stringify(ready) : describe(ready, from));
}

const describe = ({ root, uid, service, package: { file, version } }: ServerReady, from: string): string =>
  [
    `a simulated ACS Pro server ${uid} in ${root}, on ${from} at first`,
    `  service ${service}/version`,
    `  package ${file} (${version})`,
    `  agent   AGENT_SERVER_PROBE=simulated AGENT_SERVER_ROOT=${root}`,
    "Ctrl-C stops it.",
  ].join("\n");
