import type { ValueTally } from '../rows/row-measure.js';
import type { OrderVerdict, Outcome } from './outcome.js';
import { shareOf, type Share } from '../../statistics/wilson-interval.js';

/** How often the first set won. */
export interface OutcomeValues {
  readonly win: number;
  readonly tie: number;
  readonly lose: number;
  /** Of the judged pairs. */
  readonly rates: Readonly<Record<Outcome, Share>>;
  /** Wins and half of the ties, as a share; null where there are no pairs. */
  readonly winRate: number | null;
}

export class OutcomeTally implements ValueTally<Outcome, OutcomeValues> {
  readonly #counts: Record<Outcome, number> = { win: 0, tie: 0, lose: 0 };

  add(outcome: Outcome): void {
    this.#counts[outcome]++;
  }

  get values(): OutcomeValues {
    const { win, tie, lose } = this.#counts;
    const all = win + tie + lose;
    const rates = { win: shareOf(win, all), tie: shareOf(tie, all), lose: shareOf(lose, all) };
    return { win, tie, lose, rates, winRate: all === 0 ? null : (win + tie / 2) / all };
  }
}

/** What the judge's answers say of itself. */
export interface OrderValues {
  /** Answers by which of the two that were shown is better. */
  readonly positions: {
    readonly first: number;
    readonly second: number;
    readonly tie: number;
    /** Of those that are no ties, the share of the first: 0.5 of a judge that does not mind the order. */
    readonly firstOfDecided: Share;
  };
  /** Pairs whose orders disagree. */
  readonly disagreements: number;
  /** Pairs with an answer that holds no verdict. */
  readonly unparsable: number;
}

export class OrderTally {
  #first = 0;
  #second = 0;
  #tie = 0;
  #disagreements = 0;
  #unparsable = 0;

  add(orders: readonly OrderVerdict[]): void {
    for (const { judged } of orders) {
      if (judged.value === 'first') this.#first++;
      if (judged.value === 'second') this.#second++;
      if (judged.value === 'tie') this.#tie++;
    }
    const outcomes = new Set(orders.map(({ outcome }) => outcome));
    if (outcomes.size > 1 && !outcomes.has(null)) this.#disagreements++;
    if (orders.some(({ judged: { reason } }) => reason === 'unparsable' || reason === 'cut_off')) this.#unparsable++;
  }

  get values(): OrderValues {
    const [first, second, tie] = [this.#first, this.#second, this.#tie];
    return {
      positions: { first, second, tie, firstOfDecided: shareOf(first, first + second) },
      disagreements: this.#disagreements,
      unparsable: this.#unparsable,
    };
  }
}
