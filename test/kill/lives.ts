import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KillPoint } from "@fyr/agent/testing";
import { launch, type Program } from "../e2e/stage/program.ts";
import type { Case } from "./cases.ts";
import { goPath, killsIn } from "./self.ts";
import type { KillStage } from "./stage.ts";
import type { Sweep } from "./sweep.ts";
import type { Complaint } from "./verdict.ts";

/** The processes of one agent, one after the other over one folder. */
export class Lives {
  readonly complaints: Complaint[] = [];
  readonly #stage: KillStage;
  readonly #case: Case;
  readonly #on: Sweep;
  readonly #points: readonly KillPoint[];
  readonly #logPath: string;
  readonly #whole: Promise<void>;
  #program: Program | undefined;
  #begun = 0;
  #isStopping = false;

  constructor(stage: KillStage, of: Case, point: KillPoint, on: Sweep) {
    this.#stage = stage;
    this.#case = of;
    this.#on = on;
    this.#points = [...(of.killFirst ? [of.killFirst] : []), point];
    this.#logPath = join(on.folder, "agent.log");
    this.#whole = this.#live().catch((error: unknown) => this.#complain(String(error)));
  }

  /** Killed at every point that it was to be killed at, and begun again after the last of them. */
  get areSpent(): boolean {
    return killsIn(this.#on.folder).join() === this.#points.join() && this.#begun > this.#points.length;
  }

  #complain(says: string): void {
    this.complaints.push({ of: "process", says });
  }

  async #live(): Promise<void> {
    while (!this.#isStopping) {
      const killed = killsIn(this.#on.folder).length;
      this.#program = this.#start(killed);
      this.#begun++;
      const { code, signal } = await this.#program.ended;
      if (this.#isStopping) {
        if (code !== 0) this.#complain(`asked to stop, ended with ${code}`);
        return;
      }
      const now = killsIn(this.#on.folder).length;
      if (signal !== "SIGKILL" || now !== killed + 1)
        throw new Error(`the agent ended by ${signal ?? code} after ${now - killed} marks`);
    }
  }

  #start(killed: number): Program {
    const { mostFileBytes, meanwhile = {} } = this.#case;
    const limit = mostFileBytes !== undefined && killed === 0 ? withFileLimit(mostFileBytes) : [];
    const node = [process.execPath, this.#stage.agentProgram, "run", "--json"];
    const [file = "", ...args] = [...limit, ...node];
    return launch({
      name: "agent",
      command: [file, ...args],
      env: {
        AGENT_DATA_DIR: this.#on.home.folder,
        SWEEP_FOLDER: this.#on.folder,
        SWEEP_KILL: this.#points.join(" "),
        SWEEP_HOLD: Object.keys(meanwhile).join(" "),
      },
      logPath: this.#logPath,
      onLine: ({ held }) => void (typeof held === "string" && this.#held(held as KillPoint)),
    });
  }

  #held(point: KillPoint): void {
    const happens = async () => {
      await this.#case.meanwhile?.[point]?.(this.#on);
      await writeFile(goPath(this.#on.folder, point), "");
    };
    happens().catch((error: unknown) => this.#complain(`while held at ${point}: ${String(error)}`));
  }

  async lastWords(): Promise<string> {
    const log = await readFile(this.#logPath, "utf8").catch(() => "");
    return `killed at ${killsIn(this.#on.folder).join(", ") || "no point"}; its log ends:\n${log.split("\n").slice(-25).join("\n")}`;
  }

  async stop(): Promise<void> {
    // Until it is ready, a process knows no orderly end.
    await this.#program?.ready.catch(() => undefined);
    this.#isStopping = true;
    await this.#program?.end("SIGTERM");
    await this.#whole;
  }
}

const KIB = 1024;

/** A shell whose `ulimit -f` counts KiB or half of that: the limit is low enough either way. */
const withFileLimit = (bytes: number): string[] => [
  "/bin/sh",
  "-c",
  `ulimit -f ${bytes / KIB}; exec "$@"`,
  "sh",
];
