import { Fault, TRANSFER } from "@fyr/protocol";
import type { Cancel } from "@fyr/runtime";
import type { Camera, StagedImage, UploadAnswer } from "../../ports.ts";
import { Interrupted, type OpenJob } from "../job.ts";
import type { StepRun } from "../records.ts";
import { startDecision } from "../timing.ts";
import { endsInTime } from "../windows.ts";

/** How an upload came out. `cut`: it broke before the last chunk, so the device holds no whole image. */
export type Sent = UploadAnswer | { readonly kind: "cut"; readonly cause: unknown };

/** The rate is judged, and the stall looked for, this often. */
const CHECK_MS = 1_000;
/** Too little was sent to know the rate before this. */
const RATE_AFTER_MS = 5_000;

/**
 * One upload, from its intent to the device's answer. Until the last chunk it can be broken off: by a wish, by the end
 * of the window, by a stall, by its budget. From then on nobody interferes (I6).
 */
export class Sending {
  readonly #job: OpenJob;
  readonly #image: StagedImage;
  readonly #stop = new AbortController();
  readonly #silent = Promise.withResolvers<Sent>();
  readonly #began: number;
  readonly #endsAt: number | null;
  #run: StepRun;
  #sent = 0;
  #sentBefore = 0;
  #stillMs = 0;
  #storeError: Error | undefined;
  #timer: Cancel = () => {};

  constructor(job: OpenJob, image: StagedImage, run: StepRun) {
    this.#job = job;
    this.#image = image;
    this.#run = run;
    this.#began = job.ports.clock.mono();
    const window = startDecision(job);
    this.#endsAt = window.kind === "start" ? window.endsAt : null;
  }

  /** The intent as it is on disk now. */
  get run(): StepRun {
    return this.#run;
  }

  /** @throws Fault DISK_FULL, STORE_FAILED when the point of no return could not be recorded: then it was not passed */
  async send(camera: Camera): Promise<Sent> {
    const interrupt = () => this.#breakOff(this.#job.signal.reason);
    this.#job.signal.addEventListener("abort", interrupt);
    if (this.#job.signal.aborted) interrupt();
    this.#tick();
    try {
      return await Promise.race([this.#upload(camera), this.#silent.promise]);
    } finally {
      this.#timer();
      this.#job.signal.removeEventListener("abort", interrupt);
    }
  }

  async #upload(camera: Camera): Promise<Sent> {
    const options = {
      autoRollbackMinutes: this.#job.settings.autoRollbackMinutes,
      runKey: this.#run.runKey,
      beforeLastChunk: () => this.#beforeLastChunk(),
      onSent: (bytes: number) => this.#onSent(bytes),
    };
    try {
      return await camera.upload(this.#image, options, this.#stop.signal);
    } catch (error) {
      if (this.#storeError) throw this.#storeError;
      if (this.#isPastLastChunk) return { kind: "unknown", reason: "broke after the last chunk" };
      return { kind: "cut", cause: this.#stop.signal.aborted ? this.#stop.signal.reason : error };
    }
  }

  get #isPastLastChunk(): boolean {
    return this.#run.seen?.lastChunk === true;
  }

  #breakOff(reason: unknown): void {
    if (!this.#isPastLastChunk) this.#stop.abort(reason);
  }

  #beforeLastChunk(): void {
    this.#stop.signal.throwIfAborted();
    if (this.#job.isStopped) throw new Interrupted("wish");
    const { probe } = this.#job.ports;
    const { seen } = this.#run;
    if (!seen) throw new Error("an upload without what was seen of it");
    probe.at("step/transfer/before-last-chunk");
    try {
      this.#run = this.#job.note(this.#run, { seen: { ...seen, lastChunk: true } }, { moment: "lastChunk" });
    } catch (error) {
      if (error instanceof Error) this.#storeError = error;
      throw error;
    }
    probe.at("step/transfer/after-last-chunk");
  }

  #onSent(bytes: number): void {
    this.#sent = bytes;
    this.#job.bytes = bytes;
    this.#job.site.moved();
  }

  #tick(): void {
    const { clock } = this.#job.ports;
    this.#timer = clock.after(CHECK_MS, () => {
      this.#check(clock.mono() - this.#began);
      this.#tick();
    });
  }

  #check(inMs: number): void {
    this.#watchStall();
    const { settings, ports } = this.#job;
    const budgetMs = Math.max(
      settings.stepMs.transfer,
      (1000 * this.#image.sizeBytes) / TRANSFER.slowestBytesPerSecond,
    );
    if (inMs > budgetMs) this.#overdue();
    const sent = { bytes: this.#sent, ofBytes: this.#image.sizeBytes, inMs };
    if (inMs > RATE_AFTER_MS && !endsInTime(this.#endsAt, ports.siteTime.now(), sent)) {
      this.#breakOff(new Fault("WINDOW_MISSED", { sent: this.#sent }));
    }
  }

  #watchStall(): void {
    const moved = this.#sent - this.#sentBefore;
    this.#sentBefore = this.#sent;
    this.#stillMs = moved < (TRANSFER.stallBytesPerSecond * CHECK_MS) / 1000 ? this.#stillMs + CHECK_MS : 0;
    if (this.#stillMs >= this.#job.settings.stallMs) {
      this.#breakOff(new Fault("TRANSFER_STALLED", { sent: this.#sent }));
    }
  }

  /** Past the last chunk an answer is only no longer waited for; the device decides. */
  #overdue(): void {
    if (this.#isPastLastChunk) this.#silent.resolve({ kind: "unknown", reason: "no answer in time" });
    else this.#breakOff(new Fault("TRANSFER_STALLED", { sent: this.#sent }));
  }
}

export const wasInterrupted = (cause: unknown): cause is Interrupted => cause instanceof Interrupted;
