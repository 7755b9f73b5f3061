import type { Random } from './random.js';

/**
 * A random sample of at most `size` items of a stream, each as likely as any other (Vitter 1985, algorithm R), in random
 * order: any number of its first ones is such a sample, too.
 */
export class Reservoir<Item> {
  readonly items: Item[] = [];
  #seen = 0;

  constructor(
    private readonly size: number,
    private readonly random: Random,
  ) {}

  add(item: Item): void {
    const place = this.random.below(this.#seen + 1);
    // While it fills, whoever stands there moves to the end: a Fisher-Yates shuffle.
    const standing = this.items[place];
    if (this.#seen < this.size && standing !== undefined) this.items.push(standing);
    if (place < this.size) this.items[place] = item;
    this.#seen++;
  }
}
