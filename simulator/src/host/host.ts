import { createHash } from "node:crypto";
import type {
  Alive,
  BackupMade,
  Ended,
  HostProbe,
  InstallDesk,
  InstallPlan,
  Installer,
  Traces,
} from "@fyr/agent";
import { endOfExit, runHelper } from "@fyr/agent";
import { Fault } from "@fyr/protocol";
import { sleep, type Clock, type Logger } from "@fyr/runtime";
import type { HostFault, HostFaultKind, HostMoment } from "./faults.ts";
import { Dead, tracesOf, type RunOnDisk } from "./run-on-disk.ts";
import type { HostTruth } from "./truth.ts";
import { factsOf, GIB, healthOf, type HostBlueprint } from "./readings.ts";

/** From its start until a helper holds its lock. */
const HELPER_STARTS_MS = 500;

/**
 * A host with an ACS Pro server, as behaviour on a clock: its disk outlives power cuts, its processes do not. Probe and
 * desk are what an agent on it uses; the rest is for whoever plays power, faults and judge.
 */
export class SimulatedHost {
  readonly blueprint: HostBlueprint;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #runs = new Map<string, RunOnDisk>();
  readonly #staged = new Set<string>();
  readonly #faults: HostFault[] = [];
  readonly #busy = new Map<string, number>();
  readonly #deadHelpers = new Set<string>();
  #installed: string;
  #running: string | null;
  #boots = 1;
  #on = true;
  #life = 0;
  #down = false;
  #half = false;
  #lost = 0;
  #exportingUntil = 0;
  #installers = 0;
  #atOnce = 0;
  #stopped = 0;
  #switches: string[] = [];
  #restores: string[] = [];
  #backups = 0;
  /** Called at each moment of an installation, before any fault of it. */
  onMoment: (moment: HostMoment) => void = () => {};
  /** Called when the host goes dark, and when it is back: whoever runs on it dies and is started again. */
  onPower: (on: boolean) => void = () => {};

  constructor({ clock, log }: { clock: Clock; log: Logger }, blueprint: HostBlueprint) {
    this.#clock = clock;
    this.#log = log;
    this.blueprint = blueprint;
    this.#installed = this.#running = blueprint.version;
  }

  place(...faults: readonly HostFault[]): void {
    for (const fault of faults) {
      if (fault.kind === "exporting") this.#exportingUntil = this.#clock.mono() + fault.forMs;
      else this.#faults.push(fault);
    }
  }

  truth(): HostTruth {
    return {
      installed: this.#installed,
      running: this.#on ? this.#running : null,
      on: this.#on,
      boots: this.#boots,
      installersStarted: this.#installers,
      switches: [...this.#switches],
      atOnce: this.#atOnce,
      stopped: this.#stopped,
      restores: [...this.#restores],
    };
  }

  /** Everything that runs on the host ends at once; after `offMs` it boots. */
  cutPower(offMs: number): void {
    this.#life++;
    this.#on = false;
    this.#running = null;
    this.#busy.clear();
    this.onPower(false);
    this.#clock.after(offMs + this.blueprint.bootMs, () => this.#boot());
  }

  #boot(): void {
    if (this.#on) return;
    this.#on = true;
    this.#boots++;
    this.#running = this.#down || this.#half ? null : this.#installed;
    this.onPower(true);
  }

  #take<K extends HostFaultKind>(kind: K, fits: (fault: HostFault & { kind: K }) => boolean = () => true) {
    const at = this.#faults.findIndex(
      (fault) => fault.kind === kind && fits(fault as HostFault & { kind: K }),
    );
    return at < 0 ? undefined : (this.#faults.splice(at, 1)[0] as HostFault & { kind: K });
  }

  /** Passes a moment of the process that began in `life`, if that still lives. */
  #pass(moment: HostMoment, life: number, runKey: string): void {
    this.#demand(life);
    this.onMoment(moment);
    const cut = this.#take("power-cut", ({ at }) => at === moment);
    if (cut) this.cutPower(cut.offMs);
    this.#demand(life);
    if (!this.#take("helper-killed", ({ at }) => at === moment)) return;
    this.#busy.set(runKey, (this.#busy.get(runKey) ?? 1) - 1);
    this.#deadHelpers.add(runKey);
  }

  /** A helper that was killed does nothing more; its installer goes on. */
  #demandHelper(life: number, runKey: string): void {
    this.#demand(life);
    if (this.#deadHelpers.has(runKey)) throw new Dead("helper");
  }

  #demand(life: number): void {
    if (life !== this.#life || !this.#on) throw new Dead("power");
  }

  async #wait(ms: number, life: number): Promise<void> {
    await sleep(this.#clock, ms);
    this.#demand(life);
  }

  readonly probe: HostProbe = {
    facts: async () => (this.#half ? null : factsOf(this.blueprint, this.#installed, this.#lost)),
    health: async () =>
      healthOf({
        at: Math.round(this.#clock.wall()),
        up: this.#running !== null,
        exporting: this.#clock.mono() < this.#exportingUntil,
        rebootPending: this.#hasFault("reboot-pending"),
      }),
    alive: async () => this.#alive(),
    bootId: async () => `boot-${this.#boots}`,
    devices: async () => this.blueprint.devices,
    backupRoom: async () => ({ needsBytes: GIB, freeBytes: this.#hasFault("disk-full") ? 1 : 100 * GIB }),
    backup: async (name, signal) => this.#backup(name, signal),
  };

  #hasFault(kind: HostFaultKind): boolean {
    return this.#faults.some((fault) => fault.kind === kind);
  }

  #alive(): Alive {
    const version = this.#half ? "unknown" : this.#installed;
    return { version, up: this.#running !== null, says: this.#running };
  }

  async #backup(name: string, signal: AbortSignal): Promise<BackupMade> {
    await sleep(this.#clock, this.blueprint.backupMs, signal);
    signal.throwIfAborted();
    if (this.#take("backup-fails")) throw new Fault("SERVER_BACKUP_FAILED", { reason: "a file differs" });
    const sha256 = createHash("sha256").update(`${name} ${++this.#backups}`).digest("hex");
    return { path: `/backups/${name}`, sizeBytes: GIB, files: 3, sha256 };
  }

  readonly desk: InstallDesk = {
    stage: async (runKey) => {
      if (this.#take("unsigned")) throw new Fault("PACKAGE_PUBLISHER", { publisher: null });
      this.#staged.add(runKey);
    },
    start: async (plan) => this.#start(plan),
    look: async (runKey) => this.#traces(this.#runs.get(runKey)),
    open: async () =>
      [...this.#runs.values()]
        .filter(({ concluded }) => !concluded)
        .flatMap((run) => this.#traces(run) ?? []),
    abandon: async (runKey) => {
      const run = this.#runs.get(runKey);
      if ((this.#busy.get(runKey) ?? 0) > 0 || run?.moments.includes("installing")) return false;
      if (run) run.abandoned = true;
      return true;
    },
    conclude: async (runKey) => {
      const run = this.#runs.get(runKey);
      if (run) run.concluded = true;
    },
    reboot: async () => this.cutPower(0),
  };

  #traces(run: RunOnDisk | undefined): Traces | null {
    if (!run) return null;
    const busy = (this.#busy.get(run.plan.runKey) ?? 0) > 0;
    return tracesOf(run, busy, this.blueprint.installer === "bundle");
  }

  async #start(plan: InstallPlan): Promise<void> {
    const { runKey } = plan;
    if (this.#runs.has(runKey)) return;
    if (plan.act === "install" && !this.#staged.has(runKey)) throw new Error(`run ${runKey} has no package`);
    const run: RunOnDisk = { plan, moments: [], end: null, concluded: false, abandoned: false };
    this.#runs.set(runKey, run);
    const life = this.#life;
    void this.#helper(run, life).catch((error: unknown) => {
      if (!(error instanceof Dead)) throw error;
    });
    await sleep(this.#clock, 2 * HELPER_STARTS_MS);
  }

  async #helper(run: RunOnDisk, life: number): Promise<void> {
    const { runKey } = run.plan;
    const pass = (moment: HostMoment) => {
      this.#demandHelper(life, runKey);
      this.#pass(moment, life, runKey);
      this.#demandHelper(life, runKey);
    };
    await this.#wait(HELPER_STARTS_MS, life);
    if (run.abandoned) return;
    this.#busy.set(runKey, 1);
    pass("helper-started");
    await runHelper(run.plan, {
      journal: {
        moments: async () => run.moments,
        note: async (moment) => {
          this.#demandHelper(life, runKey);
          run.moments.push(moment);
          if (moment === "ready") pass("helper-ready");
        },
        end: async () => run.end,
        keepEnd: async (end) => {
          pass("installer-ended");
          run.end = end;
          pass("result-written");
        },
      },
      installer: this.#installer(life, runKey),
      packagePath: "package",
      reboot: async () => {
        pass("booting");
        this.cutPower(0);
      },
      log: this.#log,
    });
    this.#busy.set(runKey, (this.#busy.get(runKey) ?? 1) - 1);
  }

  #installer(life: number, runKey: string): Installer {
    const { installer: kind } = this.blueprint;
    return {
      kind,
      whole: kind === "bundle",
      check: async () => {},
      // A helper that dies leaves its installer running: it goes on, and only its end is heard by nobody.
      install: (_path, plan) => {
        this.#busy.set(runKey, (this.#busy.get(runKey) ?? 0) + 1);
        return this.#install(plan, life, runKey).finally(() => {
          this.#busy.set(runKey, (this.#busy.get(runKey) ?? 1) - 1);
        });
      },
      restore: (plan) => this.#restore(plan, life, runKey),
    };
  }

  async #install({ to }: InstallPlan, life: number, runKey: string): Promise<Ended> {
    this.#installers++;
    const atOnce = [...this.#busy.values()].filter((count) => count > 1).length;
    this.#atOnce = Math.max(this.#atOnce, atOnce);
    const pass = (moment: HostMoment) => this.#pass(moment, life, runKey);
    const { installMs } = this.blueprint;
    pass("installer-started");
    const hang = this.#take("installer-hangs");
    if (hang) await this.#wait(hang.forMs ?? 1e12, life);
    const refusal = this.#take("installer-exits");
    const isMsi = this.blueprint.installer === "msi";
    const isFailing = refusal !== undefined && endOfExit(refusal.exit).end.kind === "refused";
    if (isFailing && refusal.exit !== 1603) return endOfExit(refusal.exit);
    this.#running = null;
    this.#half = isMsi;
    await this.#wait(installMs / 2, life);
    pass("service-stopped");
    if (isFailing) return this.#rolledBack(refusal.exit);
    await this.#switch(to, life);
    pass("files-switched");
    if (this.#take("service-stays-down")) this.#down = true;
    const reboot = this.#take("installer-reboots");
    if (reboot) return this.#rebooting(reboot.told);
    await this.#wait(installMs / 4, life);
    if (!this.#down && refusal?.exit !== 3010) this.#running = this.#installed;
    pass("service-started");
    return endOfExit(refusal?.exit ?? 0);
  }

  /** The version and the data of before, whole or not at all; an MSI's database is for people to restore. */
  async #restore({ to, backup }: InstallPlan, life: number, runKey: string): Promise<Ended> {
    if (this.blueprint.installer === "msi") throw new Fault("SERVER_RESTORE_BY_HAND", { backup });
    const pass = (moment: HostMoment) => this.#pass(moment, life, runKey);
    pass("installer-started");
    if (this.#take("restore-fails")) throw new Fault("SERVER_RESTORE_FAILED", { reason: "a file differs" });
    this.#running = null;
    await this.#wait(this.blueprint.installMs / 2, life);
    pass("files-switched");
    [this.#installed, this.#half, this.#down] = [to, false, false];
    this.#restores.push(to);
    await this.#wait(this.blueprint.installMs / 4, life);
    this.#running = this.#installed;
    pass("service-started");
    return endOfExit(0);
  }

  async #switch(to: string, life: number): Promise<void> {
    await this.#wait(this.blueprint.installMs / 4, life);
    this.#half = false;
    if (this.#take("version-unchanged") || this.#installed === to) return;
    this.#installed = to;
    this.#switches.push(to);
  }

  /** A failing installer takes back what it did. */
  #rolledBack(exit: number): Ended {
    this.#half = false;
    this.#running = this.#installed;
    return endOfExit(exit);
  }

  #rebooting(told: boolean): Ended {
    if (!told) {
      this.cutPower(0);
      throw new Dead("boot");
    }
    this.#clock.after(1_000, () => this.cutPower(0));
    return endOfExit(1641);
  }

  /** Devices that the server does not find again. */
  lose(count: number): void {
    this.#lost = count;
  }
}
