import { between } from "@fyr/runtime";
import { GrowingBytes } from "./bytes.ts";
import type { Mishaps } from "./faults.ts";

type Change = { readonly from: number; readonly to: number } | { readonly size: number };

/** What a file holds: as its readers see it, and as the disk would give it back after a power cut. */
export class Inode {
  readonly #durable: GrowingBytes;
  readonly #visible: GrowingBytes;
  /** Made since the last sync, in order. */
  #unsynced: Change[] = [];
  modifiedMs: number;

  constructor(nowMs: number, bytes: Uint8Array = new Uint8Array()) {
    this.#durable = GrowingBytes.of(bytes);
    this.#visible = GrowingBytes.of(bytes);
    this.modifiedMs = nowMs;
  }

  get size(): number {
    return this.#visible.size;
  }

  get isSynced(): boolean {
    return this.#unsynced.length === 0;
  }

  write(bytes: Uint8Array, position: number): void {
    this.#visible.write(bytes, position);
    this.#unsynced.push({ from: position, to: position + bytes.length });
  }

  resize(size: number): void {
    this.#visible.resize(size);
    this.#unsynced.push({ size });
  }

  part(from: number, to: number): Uint8Array {
    return this.#visible.part(from, to);
  }

  copy(): Uint8Array {
    return this.#visible.copy();
  }

  durable(): Uint8Array {
    return this.#durable.copy();
  }

  sync(): void {
    for (const change of this.#unsynced) this.#bring(change);
    this.#durable.resize(this.#visible.size);
    this.#unsynced = [];
  }

  /** A sync that failed: the system holds what was written for clean, and will never bring it to the disk. */
  forgetUnsynced(): void {
    this.#unsynced = [];
  }

  flipBit(bit: number): void {
    for (const bytes of [this.#durable, this.#visible]) if (bit < bytes.size * 8) bytes.flipBit(bit);
  }

  /** The file as it is found after a power cut: the last unsynced change is there whole, torn, or not at all. */
  afterCut(mishaps: Mishaps): Inode {
    const last = this.#unsynced.at(-1);
    if (last) this.#perhaps(last, mishaps);
    return new Inode(this.modifiedMs, this.#durable.copy());
  }

  #perhaps(last: Change, mishaps: Mishaps): void {
    const lost = this.#unsynced.length - 1;
    const { random } = mishaps;
    const fate = between(random, 0, 2);
    if (lost > 0 || fate === 0) mishaps.count("lostWrite", lost + (fate === 0 ? 1 : 0));
    if (fate === 0) return;
    const isTorn = fate === 1 && "from" in last && last.to > last.from;
    mishaps.count(isTorn ? "tornWrite" : "landedWrite");
    this.#bring(isTorn ? { from: last.from, to: between(random, last.from, last.to - 1) } : last);
  }

  #bring(change: Change): void {
    if ("size" in change) this.#durable.resize(change.size);
    else this.#durable.write(this.#visible.part(change.from, change.to), change.from);
  }
}
