/**
 * Random numbers that depend on a seed alone: xoshiro128** (Blackman and Vigna 2018, "Scrambled linear pseudorandom number
 * generators"), whose state splitmix32 fills.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(state: readonly [number, number, number, number]) {
    [this.#a, this.#b, this.#c, this.#d] = state;
  }

  /** @param seed An integer of up to 53 bits. */
  static of(seed: number): Random {
    let word = (seed + Math.imul(Math.floor(seed / 2 ** 32), 0x85ebca6b)) | 0;
    const next = (): number => {
      word = (word + 0x9e3779b9) | 0;
      let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    return new Random([next(), next(), next(), next()]);
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const scrambled = Math.imul(rotated(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotated(this.#d, 11);
    return scrambled;
  }

  /** An integer from 0 to `count` - 1; each is as likely as any other, to within count / 2^32. */
  below(count: number): number {
    return Math.floor((this.next() / 2 ** 32) * count);
  }
}

const rotated = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));
