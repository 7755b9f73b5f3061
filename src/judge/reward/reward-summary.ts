import { Counts } from '../../base/counts.js';
import { toNineDigits, type RewardVerdict } from './reward-line.js';

/** How some values are distributed. */
export interface Distribution {
  readonly mean: number;
  /** Of the sample (n - 1); null of a single value. */
  readonly sd: number | null;
  readonly min: number;
  readonly q05: number;
  readonly q25: number;
  readonly median: number;
  readonly q75: number;
  readonly q95: number;
  readonly max: number;
}

/** What came of all rows; distributions are null where nothing has such a value. */
export interface RewardSummary {
  readonly rows: number;
  readonly scored: number;
  readonly unscored: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly reward: Distribution | null;
  /** Only with length control. */
  readonly rewardLengthControlled?: Distribution | null;
  readonly tokensAnswer: Distribution | null;
  /** That the model has read. */
  readonly tokens: number;
}

/**
 * A distribution's numbers. Quantiles lie between their neighbours as their place does (type 7 of Hyndman & Fan, 1996:
 * numpy's and R's default).
 */
export function distributionOf(values: Iterable<number>): Distribution | null {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  if (count === 0) return null;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const quantile = (share: number): number => {
    const place = share * (count - 1);
    const below = sorted[Math.floor(place)] ?? NaN;
    const above = sorted[Math.ceil(place)] ?? NaN;
    return toNineDigits(below + (above - below) * (place % 1));
  };
  return {
    mean: toNineDigits(mean),
    sd: count === 1 ? null : toNineDigits(Math.sqrt(squares / (count - 1))),
    min: quantile(0),
    q05: quantile(0.05),
    q25: quantile(0.25),
    median: quantile(0.5),
    q75: quantile(0.75),
    q95: quantile(0.95),
    max: quantile(1),
  };
}

/** Adds verdicts up: 24 bytes a row are kept. */
export class RewardTally {
  readonly #reasons = new Counts();
  readonly #rewards: number[] = [];
  readonly #controlled: number[] = [];
  readonly #lengths: number[] = [];
  #unscored = 0;
  #tokens = 0;

  add({ reward, reason, tokens, tokens_answer: length, reward_length_controlled: controlled }: RewardVerdict): void {
    if (reward === null) {
      this.#unscored++;
      this.#reasons.add(reason);
      return;
    }
    this.#rewards.push(reward);
    this.#tokens += tokens ?? 0;
    if (length !== null) this.#lengths.push(length);
    if (typeof controlled === 'number') this.#controlled.push(controlled);
  }

  /** @param controlled Whether lengths were controlled. */
  summary(controlled: boolean): RewardSummary {
    const scored = this.#rewards.length;
    return {
      rows: scored + this.#unscored,
      scored,
      unscored: this.#unscored,
      reasons: this.#reasons.values,
      reward: distributionOf(this.#rewards),
      ...(controlled && { rewardLengthControlled: distributionOf(this.#controlled) }),
      tokensAnswer: distributionOf(this.#lengths),
      tokens: this.#tokens,
    };
  }
}
