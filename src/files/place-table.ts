/** An open-addressed table from the first 64 bits of a hash to a place in a file; `add` keeps the first entry of a hash. */
export class PlaceTable {
  #keys = new BigUint64Array(1024);
  #offsets = new Float64Array(1024);
  #lengths = new Uint32Array(1024);
  #size = 0;

  add(hash: string, offset: number, length: number): void {
    if (this.#size * 2 >= this.#keys.length) this.#grow();
    this.#insert(keyOf(hash), offset, length);
  }

  /** As `add`, but the last entry of a hash stays. */
  set(hash: string, offset: number, length: number): void {
    const slot = this.#slot(keyOf(hash));
    if (this.#lengths[slot] === 0) return this.add(hash, offset, length);
    this.#offsets[slot] = offset;
    this.#lengths[slot] = length;
  }

  find(hash: string): { offset: number; length: number } | null {
    const slot = this.#slot(keyOf(hash));
    const length = this.#lengths[slot] ?? 0;
    return length === 0 ? null : { offset: this.#offsets[slot] ?? 0, length };
  }

  #insert(key: bigint, offset: number, length: number): void {
    const slot = this.#slot(key);
    if (this.#lengths[slot] !== 0) return;
    this.#keys[slot] = key;
    this.#offsets[slot] = offset;
    this.#lengths[slot] = length;
    this.#size++;
  }

  /** Where a key stands, or the empty slot (length 0) where it would. */
  #slot(key: bigint): number {
    const mask = this.#keys.length - 1;
    let slot = Number(key & BigInt(mask));
    while (this.#lengths[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [keys, offsets, lengths] = [this.#keys, this.#offsets, this.#lengths];
    this.#keys = new BigUint64Array(keys.length * 2);
    this.#offsets = new Float64Array(keys.length * 2);
    this.#lengths = new Uint32Array(keys.length * 2);
    this.#size = 0;
    for (const [slot, length] of lengths.entries()) {
      if (length !== 0) this.#insert(keys[slot] ?? 0n, offsets[slot] ?? 0, length);
    }
  }
}

function keyOf(hash: string): bigint {
  return BigInt(`0x${hash.slice(0, 16)}`);
}
