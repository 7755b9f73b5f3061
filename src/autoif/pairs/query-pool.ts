import { createHash } from 'node:crypto';
import { Counts } from '../../base/counts.js';

/** A query that constraints are put to. */
export interface Query {
  readonly text: string;
  /** The row that it is from. */
  readonly index: number;
}

/** Which queries are taken, and how many. */
export interface QueryPoolOptions {
  /** The most queries that will be dealt, from 1: constraints times queries for each. */
  readonly capacity: number;
  readonly seed: number;
  /** Characters that a query has at least and at most. */
  readonly minCharacters: number;
  readonly maxCharacters: number;
}

/** Why a query is not drawn; `duplicate` counts those that equal one that is held. */
export type QueryFlaw = 'too_short' | 'too_long' | 'duplicate';

interface Drawn extends Query {
  readonly key: string;
}

/**
 * A sample of the queries of a stream, uniform among the distinct ones: each has a place in line by a hash of the seed
 * and its text, and the first `capacity` stay. So it depends on the seed and on which queries there are, on nothing
 * else; of equal ones the first is taken. Holds at most twice the capacity.
 */
export class QueryPool {
  /** By key, which orders them. */
  #drawn = new Map<string, Drawn>();
  /** Nothing behind it comes in any more. */
  #last: string | null = null;
  readonly #reasons = new Counts();
  #eligible = 0;

  constructor(private readonly options: QueryPoolOptions) {}

  /** @returns Why it is not taken into account; null where it is. */
  add(text: string, index: number): QueryFlaw | null {
    const flaw = this.#flawOf(text);
    if (flaw !== null) {
      this.#reasons.add(flaw);
      return flaw;
    }
    const key = this.#keyOf(text);
    if (this.#drawn.has(key)) {
      this.#reasons.add('duplicate');
      return 'duplicate';
    }
    this.#eligible++;
    if (this.#last === null || key < this.#last) {
      this.#drawn.set(key, { text: text.trim(), index, key });
      if (this.#drawn.size >= 2 * this.options.capacity) this.#cut();
    }
    return null;
  }

  /** Queries that could be drawn, and those that could not, by reason. */
  get counts(): { readonly eligible: number; readonly reasons: Readonly<Record<string, number>> } {
    return { eligible: this.#eligible, reasons: this.#reasons.values };
  }

  /**
   * Deals each constraint so many different queries, or all where there are fewer; no query is dealt more than once more
   * often than another.
   *
   * @param perConstraint From 1.
   */
  deal<Constraint>(
    constraints: readonly Constraint[],
    perConstraint: number,
  ): readonly { readonly constraint: Constraint; readonly queries: readonly Query[] }[] {
    this.#cut();
    const deck = [...this.#drawn.values()];
    const hand = Math.min(perConstraint, deck.length);
    return constraints.map((constraint, place) => ({
      constraint,
      queries: Array.from({ length: hand }, (_, card) => {
        const { text, index } = deck[(place * hand + card) % deck.length] as Drawn;
        return { text, index };
      }),
    }));
  }

  #flawOf(text: string): QueryFlaw | null {
    const { minCharacters, maxCharacters } = this.options;
    const trimmed = text.trim();
    // A character has at most two code units.
    if (trimmed.length > 2 * maxCharacters) return 'too_long';
    const { length } = [...trimmed];
    if (length < minCharacters) return 'too_short';
    return length > maxCharacters ? 'too_long' : null;
  }

  /** Queries that differ in case, white space, or the form of a character alone are the same. */
  #keyOf(text: string): string {
    const normal = text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
    return createHash('sha256').update(`${this.options.seed}\n${normal}`).digest('hex');
  }

  /** Keeps the first in line, in their order. */
  #cut(): void {
    const inLine = [...this.#drawn].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, this.options.capacity);
    if (inLine.length === this.options.capacity) this.#last = inLine.at(-1)?.[0] ?? null;
    this.#drawn = new Map(inLine);
  }
}
