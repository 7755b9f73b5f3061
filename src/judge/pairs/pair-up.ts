import { hash } from 'node:crypto';
import type { SeedRow, SeedSource } from '../../ask/seeds.js';
import type { Variant } from '../../ask/variant.js';
import type { PairwiseSettings } from './options.js';

/** A row of the first set, and what the second set has for it; null where it has nothing. */
export interface Pair {
  readonly row: SeedRow;
  readonly other: SeedRow | null;
}

/** What two sets have in common. Rows that can't be read belong to no pair. */
export interface SharedRows {
  readonly pairs: number;
  /** Rows of one set that the other lacks. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
}

type Paired = PairwiseSettings['pairBy'];

/** Its earlier exchanges are shown to nobody, so that what is said of its last answer would not be about the row. */
export const hasHistory = ({ seed }: SeedRow): boolean => seed.ok && seed.ignored.includes('history');

/** The same instruction is equal in whatever layout: its input follows on a new line. */
export const questionOf = ({ instruction, input }: Pick<Variant, 'instruction' | 'input'>): string =>
  (input === '' ? instruction : `${instruction}\n${input}`).trim();

/**
 * What rows are paired by; null where the row has no such thing, or several exchanges.
 */
function keyOf(row: SeedRow, by: Paired): string | null {
  const { seed, key } = row;
  if (!seed.ok || hasHistory(row)) return null;
  if (by === 'id') return key.id === null ? null : String(key.id);
  return hash('sha256', questionOf(seed.variant)).slice(0, 32);
}

/** How often each key occurs. Of rows with the same key the first belongs to the other set's first, and so on. */
async function countKeys(rows: SeedSource, by: Paired): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for await (const row of rows) {
    const key = keyOf(row, by);
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0);

function sharedKeys(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): Map<string, number> {
  const shared = new Map<string, number>();
  for (const [key, count] of one) {
    const both = Math.min(count, other.get(key) ?? 0);
    if (both > 0) shared.set(key, both);
  }
  return shared;
}

type Wanted = AsyncGenerator<{ readonly key: string; readonly row: SeedRow }, void, undefined>;

/** The pairs of two sets of answers. Of the second set only rows are held that come before they are wanted. */
export class PairedRows {
  readonly shared: SharedRows;

  private constructor(
    private readonly first: SeedSource,
    private readonly second: SeedSource,
    private readonly by: Paired,
    /** How many pairs there are of each key. */
    private readonly counts: ReadonlyMap<string, number>,
    left: Pick<SharedRows, 'onlyFirst' | 'onlySecond'>,
  ) {
    this.shared = { pairs: sum(counts.values()), ...left };
  }

  /**
   * Reads all sets once.
   *
   * @param whole The first set without a limit, which tells what only the second has.
   */
  static async open(first: SeedSource, second: SeedSource, by: Paired, whole = first): Promise<PairedRows> {
    const [one, other] = [await countKeys(first, by), await countKeys(second, by)];
    const all = whole === first ? one : await countKeys(whole, by);
    const shared = sharedKeys(one, other);
    return new PairedRows(first, second, by, shared, {
      onlyFirst: sum(one.values()) - sum(shared.values()),
      onlySecond: sum(other.values()) - sum(sharedKeys(all, other).values()),
    });
  }

  /** Every row of the first set, in order. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Pair, void, undefined> {
    const others = this.#wanted(this.second);
    try {
      yield* this.#pairs(others);
    } finally {
      // Rows that nobody wants any more are not read, and their file is closed.
      await others.return();
    }
  }

  async *#pairs(others: Wanted): AsyncGenerator<Pair, void, undefined> {
    const waiting = new Map<string, SeedRow[]>();
    const seen = new Map<string, number>();
    for await (const row of this.first) {
      const key = keyOf(row, this.by);
      if (key === null || !this.#isWanted(key, seen)) {
        yield { row, other: null };
        continue;
      }
      let other = waiting.get(key)?.shift() ?? null;
      while (other === null) {
        const next = await others.next();
        // The signal has aborted.
        if (next.done === true) return;
        if (next.value.key === key) other = next.value.row;
        else waiting.set(next.value.key, [...(waiting.get(next.value.key) ?? []), next.value.row]);
      }
      if (waiting.get(key)?.length === 0) waiting.delete(key);
      yield { row, other };
    }
  }

  async *#wanted(rows: SeedSource): Wanted {
    const seen = new Map<string, number>();
    for await (const row of rows) {
      const key = keyOf(row, this.by);
      if (key !== null && this.#isWanted(key, seen)) yield { key, row };
    }
  }

  /** Counts a row; whether there is one for it in the other set. */
  #isWanted(key: string, seen: Map<string, number>): boolean {
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return before < (this.counts.get(key) ?? 0);
  }
}
