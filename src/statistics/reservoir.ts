import type { Random } from './random.js';

/** A random sample of at most `size` items of a stream, each as likely as any other (Vitter 1985, algorithm R). */
export class Reservoir<Item> {
  readonly items: Item[] = [];
  #seen = 0;

  constructor(
    private readonly size: number,
    private readonly random: Random,
  ) {}

  add(item: Item): void {
    const place = this.#seen < this.size ? this.#seen : this.random.below(this.#seen + 1);
    if (place < this.size) this.items[place] = item;
    this.#seen++;
  }
}
