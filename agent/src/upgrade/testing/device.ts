import { Fault, offers, type Reading as Source, type Serial } from "@fyr/protocol";
import { sleep, type Cancel, type Clock } from "@fyr/runtime";
import type { Camera, Reading, StagedImage, UploadAnswer, UploadOptions } from "../../ports.ts";
import { silence } from "../../reading.ts";

/** What a device does wrong, each once unless it says otherwise. */
export interface DeviceFaults {
  /** Power is lost so long after the flash began; the old version comes back. */
  powerCutAfterMs?: number;
  /** Power is lost so long after the new version came up, which uncommitted devices answer by rolling back. */
  powerCutInTrialMs?: number;
  /** The whole image is taken, the answer never comes. */
  answerLost?: boolean;
  /** It flashes and says 500. */
  saysError?: boolean;
  /** It says yes and does nothing, this many times. */
  saysYes?: number;
  /** The connection breaks before the last chunk, this many times. */
  cuts?: number;
  refuses?: number;
  busy?: number;
  neverReturns?: boolean;
  /** The new version never gets ready. */
  sick?: boolean;
  /** Shows the new version without having booted. */
  lies?: boolean;
  /** Commit is refused this many times. */
  commitFails?: number;
  /** Shows a new TLS key after the upgrade. */
  newKey?: boolean;
  /** Loses its settings with the upgrade. */
  wiped?: boolean;
  /** Answers so late that the look is over before. */
  hangs?: boolean;
  backupFails?: number;
  /** The new version boots and boots and never arrives; nothing rolls it back. */
  loops?: boolean;
  /** It stops taking the image half-way, this many times. */
  stalls?: number;
  /** It takes the image and keeps the connection open without a word. */
  keepsSilent?: boolean;
  /** The line does not notice that an upload was broken off. */
  deaf?: boolean;
}

const COUNTED: readonly (keyof DeviceFaults)[] = [
  "stalls",
  "saysYes",
  "cuts",
  "refuses",
  "busy",
  "commitFails",
  "backupFails",
];

export interface DevicePlan {
  readonly serial: Serial;
  readonly version: string;
  readonly model?: string;
  readonly hardwareId?: string;
  readonly faults?: DeviceFaults;
  readonly uploadMs?: number;
  /** Still answering on the old version after the upload, then flashing and dark, then starting. */
  readonly lingersMs?: number;
  readonly offMs?: number;
  readonly startsMs?: number;
}

/** One upload as the device saw it, and what it ran when it began. */
export interface Upload {
  readonly runKey: string;
  readonly from: number;
  to: number | null;
  whole: boolean;
  readonly ran: string;
  readonly committed: boolean;
  readonly overlapped: boolean;
}

/** A camera in memory: a firmware state machine that lives on whatever happens to the agent. */
export class FakeDevice {
  readonly plan: DevicePlan;
  readonly uploads: Upload[] = [];
  readonly faults: DeviceFaults;
  serial: Serial;
  active: string;
  inactive: string | null = null;
  committed = true;
  boots = 1;
  bootedAt: number;
  state: "up" | "off" | "starting" = "up";
  needsSetup = false;
  passwordOk = true;
  keyChanged = false;
  flashing = false;
  badLogins = 0;
  commits = 0;
  restarts = 0;
  rollbacks = 0;
  readonly #clock: Clock;
  #rollbackTimer: Cancel = () => {};
  #rollbackMs = 0;

  constructor(clock: Clock, plan: DevicePlan) {
    this.#clock = clock;
    this.plan = plan;
    this.faults = { ...plan.faults };
    this.serial = plan.serial;
    this.active = plan.version;
    this.bootedAt = clock.mono() - 100_000;
  }

  get hasTrials(): boolean {
    return offers(this.active, "firmwareManagement");
  }

  /** Takes a fault off the list; one that is a count happens that often. */
  #once<K extends keyof DeviceFaults>(fault: K): DeviceFaults[K] {
    const value = this.faults[fault];
    const isCount = COUNTED.includes(fault) && typeof value === "number" && value > 1;
    if (isCount) Object.assign(this.faults, { [fault]: value - 1 });
    else delete this.faults[fault];
    return value;
  }

  reboot(then: () => void = () => {}): void {
    const { offMs = 40_000, startsMs = 10_000 } = this.plan;
    this.state = "off";
    this.#rollbackTimer();
    this.#clock.after(offMs, () => {
      then();
      this.boots++;
      this.bootedAt = this.#clock.mono();
      this.state = "starting";
      const loops = this.faults.loops === true && this.active !== this.plan.version;
      this.#clock.after(startsMs, () => (loops ? this.reboot() : this.#up()));
    });
  }

  #up(): void {
    if (this.state !== "starting") return;
    this.state = "up";
    if (this.committed) return;
    if (this.#rollbackMs > 0) this.#rollbackTimer = this.#clock.after(this.#rollbackMs, () => this.goBack());
    const cutMs = this.#once("powerCutInTrialMs");
    if (cutMs) this.#clock.after(cutMs, () => this.powerCut());
  }

  /** Power goes and comes back. An uncommitted device rolls back, a flashing one keeps its old version. */
  powerCut(): void {
    this.flashing = false;
    this.reboot(() => {
      if (!this.committed && this.inactive) this.#swapBack();
    });
  }

  #swapBack(): void {
    this.active = this.inactive ?? this.active;
    this.inactive = null;
    this.committed = true;
  }

  goBack(): void {
    if (this.inactive) this.reboot(() => this.#swapBack());
  }

  /** The image is whole: it flashes, answers a while longer, goes dark and comes back. */
  #flash(version: string, autoRollbackMinutes: number): void {
    const { lingersMs = 5_000 } = this.plan;
    this.flashing = true;
    const cutMs = this.#once("powerCutAfterMs");
    if (cutMs) this.#clock.after(cutMs, () => this.powerCut());
    this.#clock.after(lingersMs, () => {
      if (!this.flashing) return;
      if (this.#once("neverReturns")) return void (this.state = "off");
      this.reboot(() => {
        if (!this.flashing) return;
        this.flashing = false;
        this.#install(version, autoRollbackMinutes);
      });
    });
  }

  #install(version: string, autoRollbackMinutes: number): void {
    const canTry = offers(this.active, "firmwareManagement") && offers(version, "firmwareManagement");
    this.inactive = canTry ? this.active : null;
    this.committed = !canTry;
    this.active = version;
    this.#rollbackMs = autoRollbackMinutes * 60_000;
    if (this.#once("newKey")) this.keyChanged = true;
    if (this.#once("wiped")) this.needsSetup = true;
  }

  /** @param isAlive whether the agent that calls still runs: a dead one's connections break, its calls never return */
  camera(isAlive: () => boolean): Camera {
    const never = new Promise<never>(() => {});
    const alive = <T>(value: T): T | Promise<never> => (isAlive() ? value : never);
    return {
      look: async () => {
        await sleep(this.#clock, this.faults.hangs ? 3_600_000 : 20);
        return alive(this.look());
      },
      backup: async () => {
        await sleep(this.#clock, 50);
        if (this.#once("backupFails")) throw new Fault("BACKUP_FAILED");
        return alive(new TextEncoder().encode(`settings of ${this.serial}`));
      },
      upload: async (image, options, signal) => alive(await this.#take(image, options, signal, isAlive)),
      commit: async () => {
        await sleep(this.#clock, 30);
        this.commits++;
        if (this.#once("commitFails")) throw new Fault("DEVICE_ANSWER");
        if (isAlive() || this.commits > 0) this.#commit();
        return alive(undefined);
      },
      rollBack: async () => {
        this.rollbacks++;
        if (!this.inactive) throw new Fault("DEVICE_ANSWER", { code: 404 });
        this.goBack();
        await sleep(this.#clock, 30);
        return alive(undefined);
      },
      restart: async () => {
        this.restarts++;
        await sleep(this.#clock, 500);
        this.reboot();
        return alive(undefined);
      },
      renewPin: async () => {
        this.keyChanged = false;
        await sleep(this.#clock, 30);
        return alive(undefined);
      },
    };
  }

  #commit(): void {
    if (this.state !== "up") throw new Fault("DEVICE_UNREACHABLE");
    this.committed = true;
    this.#rollbackTimer();
  }

  async #take(
    image: StagedImage,
    { beforeLastChunk, onSent, runKey, autoRollbackMinutes }: UploadOptions,
    signal: AbortSignal,
    isAlive: () => boolean,
  ): Promise<UploadAnswer> {
    const { uploadMs = 8_000 } = this.plan;
    const upload: Upload = {
      runKey,
      from: this.#clock.mono(),
      to: null,
      whole: false,
      ran: this.active,
      committed: this.committed,
      overlapped: this.flashing || this.uploads.some(({ to }) => to === null),
    };
    this.uploads.push(upload);
    try {
      return await this.#receive(
        image,
        { uploadMs, beforeLastChunk, onSent, autoRollbackMinutes },
        signal,
        isAlive,
        upload,
      );
    } finally {
      upload.to = this.#clock.mono();
    }
  }

  async #receive(
    image: StagedImage,
    how: { uploadMs: number } & Pick<UploadOptions, "beforeLastChunk" | "onSent" | "autoRollbackMinutes">,
    signal: AbortSignal,
    isAlive: () => boolean,
    upload: Upload,
  ): Promise<UploadAnswer> {
    const pieces = Math.max(4, Math.round(how.uploadMs / 10_000));
    const mustCut = this.#once("cuts");
    const mustStall = this.#once("stalls");
    for (let piece = 1; piece <= pieces; piece++) {
      if (piece === pieces) how.beforeLastChunk();
      const heard = this.faults.deaf ? undefined : signal;
      if (mustStall && piece === 3) await sleep(this.#clock, Number.POSITIVE_INFINITY, signal);
      await sleep(this.#clock, how.uploadMs / pieces, heard);
      if (!isAlive()) throw new Fault("TRANSFER_CUT");
      if (this.state !== "up" || (mustCut && piece === 2)) throw new Fault("TRANSFER_CUT");
      heard?.throwIfAborted();
      how.onSent((image.sizeBytes * piece) / pieces);
    }
    upload.whole = true;
    return this.#answer(image as StagedImage & { version: string }, how.autoRollbackMinutes);
  }

  #answer(
    { version }: { version: string },
    autoRollbackMinutes: number,
  ): UploadAnswer | Promise<UploadAnswer> {
    const code = this.#once("refuses") ? 421 : !this.committed ? 412 : null;
    if (code) return { kind: "refused", code, message: "no" };
    if (this.#once("busy")) return { kind: "busy" };
    if (this.#once("saysYes")) return { kind: "accepted", version };
    if (this.faults.lies) {
      this.active = version;
      return { kind: "accepted", version };
    }
    this.#flash(version, autoRollbackMinutes);
    if (this.#once("saysError")) return { kind: "refused", code: 500, message: "internal" };
    if (this.#once("keepsSilent")) return new Promise<never>(() => {});
    return this.#once("answerLost")
      ? { kind: "unknown", reason: "connection closed" }
      : { kind: "accepted", version };
  }

  look(): Reading {
    const clock = this.#clock;
    if (this.state === "off") return silence(clock.mono());
    if (!this.passwordOk) this.badLogins++;
    const granted = this.passwordOk && !this.needsSetup && !this.keyChanged;
    const isReady = this.state === "up" && !(this.faults.sick && this.active !== this.plan.version);
    const has = (source: Source) => offers(this.active, source);
    const say = <T>(value: T, isSaid: boolean): T | null => (isSaid ? value : null);
    return {
      at: clock.mono(),
      answers: true,
      serial: say(this.serial, granted || has("anonymousInfo")),
      model: this.plan.model ?? "P3265-V",
      name: "AXIS P3265-V",
      hardwareId: this.plan.hardwareId ?? "7C4.1",
      versions: this.#versions(granted),
      inactiveVersion: say(this.inactive, granted && this.hasTrials),
      committed: say(this.committed, granted && this.hasTrials && this.inactive !== null),
      bootId: say(`boot-${this.boots}`, has("bootId")),
      uptimeS: say(Math.floor((clock.mono() - this.bootedAt) / 1000), has("bootId")),
      ready: say(isReady, has("ready")),
      needsSetup: this.needsSetup,
      busy: false,
      access: this.#access(granted),
      keyChanged: this.keyChanged,
      scheme: "https",
    };
  }

  #access(granted: boolean): Reading["access"] {
    if (granted) return "granted";
    return this.passwordOk ? "untried" : "denied";
  }

  #versions(granted: boolean): Reading["versions"] {
    const version = this.active;
    const offered = (source: Source, login: boolean) => offers(version, source) && (granted || !login);
    return {
      ...(offered("firmwareManagement", true) && { firmwareManagement: version }),
      ...(offered("deviceInfo", true) && { deviceInfo: version }),
      ...(offered("anonymousInfo", false) && { anonymousInfo: version }),
      ...(offered("parameters", true) && { parameters: version }),
    };
  }
}
