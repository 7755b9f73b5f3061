import type { Preference } from '../answers/preference.js';
import type { Judged } from '../run/ask-judge.js';

/** What became of a row of the first set against its counterpart. */
export type Outcome = 'win' | 'tie' | 'lose';

/** What the judge said in one order. */
export interface OrderVerdict {
  /** For the first set; null where there is none. */
  readonly outcome: Outcome | null;
  readonly judged: Judged<Preference>;
}

/** @param swapped The second set's answer was shown first. */
export function orderVerdict(judged: Judged<Preference>, swapped: boolean): OrderVerdict {
  const { value } = judged;
  if (value === null || value === 'tie') return { outcome: value, judged };
  return { outcome: (value === 'first') === swapped ? 'lose' : 'win', judged };
}

/** Of several orders the outcome that they agree in; else a tie, and null where one of them has none. */
export function agreedOutcome(orders: readonly OrderVerdict[]): Outcome | null {
  const outcomes = orders.map(({ outcome }) => outcome);
  const [first = null] = outcomes;
  if (outcomes.includes(null)) return null;
  return outcomes.every((outcome) => outcome === first) ? first : 'tie';
}
