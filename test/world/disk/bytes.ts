/** The bytes of a file, written at named positions; what was never written reads as zero. */
export class GrowingBytes {
  #room = new Uint8Array(0);
  size = 0;

  static of(bytes: Uint8Array): GrowingBytes {
    const made = new GrowingBytes();
    made.write(bytes, 0);
    return made;
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.#room.length) {
      const room = new Uint8Array(Math.max(end, this.#room.length * 2));
      room.set(this.#room.subarray(0, this.size));
      this.#room = room;
    }
    this.#room.set(bytes, position);
    this.size = Math.max(this.size, end);
  }

  resize(size: number): void {
    if (size > this.size) return this.write(new Uint8Array(size - this.size), this.size);
    this.#room.fill(0, size, this.size);
    this.size = size;
  }

  /** Valid until the next change. */
  part(from: number, to: number): Uint8Array {
    return this.#room.subarray(Math.min(from, this.size), Math.min(to, this.size));
  }

  copy(): Uint8Array {
    return this.#room.slice(0, this.size);
  }

  flipBit(bit: number): void {
    const at = bit >> 3;
    this.#room[at] = (this.#room[at] ?? 0) ^ (1 << (bit & 7));
  }
}
