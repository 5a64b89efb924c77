import { flushCompileCache } from "node:module";
import { systemAgentKeys } from "@fyr/certs";
import { createLog, runProcess } from "@fyr/runtime";
import { createAgent } from "../agent.ts";
import type { AgentConfig } from "../config.ts";
import { ownAddresses, tcpKnock } from "../discovery/index.ts";
import { openHost } from "../host/index.ts";
import { identityFiles, readLeaf } from "../link/identity.ts";
import { openHubWire } from "../link/wire/https.ts";
import { openMqttLine } from "../link/wire/mqtt.ts";
import { lockFolder } from "../store/index.ts";
import { nodeWire } from "../vapix/index.ts";
import { AGENT_VERSION } from "../version.ts";
import { demandIdentity, openBackups, openOwnStore, openOwnVault, takeFolder } from "./folder.ts";
import type { Machine } from "./machine.ts";

/** Nothing happens at the named points of a job outside of tests. */
const noProbe = { at: () => {} };

/** What this process was started as. */
const ownProgram = { program: process.execPath, args: [...process.execArgv, process.argv[1] ?? ""] };

/** By then everything that is needed from the first was loaded. */
const LOADED_MS = 500;

/**
 * Runs the agent until it is asked to stop. The folder is taken before anything in it is read, so that two processes
 * never work on one journal.
 *
 * @throws Fault `INSTANCE_RUNNING`, `ENROL_MISSING`, `JOURNAL_*`, `VAULT_SEALED`, `ADDRESS_REFUSED`,
 *   `SERVER_UNREADABLE`
 */
export async function runAgent(machine: Machine, config: AgentConfig, json: boolean): Promise<void> {
  const { clock, random, ids, files, probe = noProbe, openWire = openHubWire } = machine;
  const { dataDir, logLevel, shutdownGraceMs } = config;
  const log = createLog({ name: "agent", level: logLevel, to: process.stderr });
  await runProcess({ log, clock, graceMs: shutdownGraceMs }, async ({ onClose }) => {
    onClose("lock", await takeFolder(machine, dataDir));
    const identity = await demandIdentity(machine, dataDir);
    const store = openOwnStore(config);
    onClose("store", () => store.close());
    const { self = ownProgram } = machine;
    const helper = (folder: string) => ({
      program: self.program,
      args: [...self.args, "server-helper", "--run", folder, "--data", dataDir],
    });
    const { hostName } = machine;
    const server = await openHost(
      { clock, files, log, hostName, env: machine.env, lock: lockFolder },
      config,
      helper,
    );
    const agent = createAgent(
      {
        clock,
        random,
        ids,
        log,
        files,
        store,
        backups: openBackups(machine, config),
        logins: await openOwnVault(machine, config, { store, identity, log }),
        hub: {
          keys: systemAgentKeys,
          readLeaf,
          identities: identityFiles(files, dataDir),
          openWire,
          openLine: openMqttLine,
        },
        devices: { wire: nodeWire(clock), knock: tcpKnock(clock), ownAddresses },
        server,
        probe,
      },
      identity,
      config,
    );
    agent.start();
    onClose("agent", () => agent.stop());
    const { agentId, syncUrl } = identity;
    log.info({ agentId, hub: syncUrl, version: AGENT_VERSION }, "agent runs");
    // Where Node keeps compiled code (NODE_COMPILE_CACHE), a process that is killed leaves it behind too.
    clock.after(LOADED_MS, flushCompileCache);
    if (json) machine.print(JSON.stringify({ ready: true, agentId, hub: syncUrl, pid: machine.pid }));
    else machine.print(`The agent runs for ${syncUrl}. Ctrl-C stops it.`);
  });
}
