import { hash } from 'node:crypto';
import { EvosiftError } from '../base/errors.js';
import type { Variant } from '../ask/variant.js';
import type { AutoSettings } from './options.js';

/** Rows that methods are made from, and rows that they are tried on: none is in both, not even as a copy. */
export interface OptimiserSets {
  readonly training: readonly Variant[];
  readonly development: readonly Variant[];
}

/**
 * Draws both sets by `seed`. Which rows are drawn depends on their texts alone, not on their order; of rows with the
 * same text the first stands for all, and rows without an instruction are never drawn. Holds no more rows than twice
 * those that it draws.
 *
 * @throws EvosiftError `bad_argument` where the rows are fewer than one batch and the development set.
 */
export async function drawSets(
  rows: Iterable<Variant> | AsyncIterable<Variant>,
  { development, batch, steps, seed }: Pick<AutoSettings, 'development' | 'batch' | 'steps' | 'seed'>,
): Promise<OptimiserSets> {
  const least = new LeastKeys<Variant>(development + batch * steps);
  for await (const row of rows) {
    const key = hash('sha256', JSON.stringify([seed, row.instruction, row.input]));
    if (row.instruction.trim() !== '') least.add(key, row);
  }
  const drawn = least.values();
  if (drawn.length < development + batch) {
    throw new EvosiftError(
      'bad_argument',
      `Optimising a method needs ${development + batch} different rows (${development} to try methods on and a ` +
        `batch of ${batch}), and the data has ${drawn.length}: give more data, or a smaller development set or batch`,
    );
  }
  return { development: drawn.slice(0, development), training: drawn.slice(development) };
}

/** The rows of a step, from 1: the next `batch` training rows, from the first again where they run out. */
export function batchOf(training: readonly Variant[], batch: number, step: number): readonly Variant[] {
  const first = (step - 1) * batch;
  return Array.from({ length: batch }, (_, place) => training[(first + place) % training.length]).filter(
    (row) => row !== undefined,
  );
}

/** The values of the least `count` keys; of equal keys the first value. */
class LeastKeys<Value> {
  #kept = new Map<string, Value>();
  /** No key above this one can be among the least. */
  #bound: string | null = null;

  constructor(private readonly count: number) {}

  add(key: string, value: Value): void {
    if ((this.#bound !== null && key > this.#bound) || this.#kept.has(key)) return;
    this.#kept.set(key, value);
    if (this.#kept.size >= 2 * this.count) this.#cut();
  }

  /** In the order of their keys. */
  values(): Value[] {
    this.#cut();
    return [...this.#kept.values()];
  }

  #cut(): void {
    const least = [...this.#kept].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, this.count);
    this.#kept = new Map(least);
    if (least.length === this.count) this.#bound = least.at(-1)?.[0] ?? null;
  }
}
