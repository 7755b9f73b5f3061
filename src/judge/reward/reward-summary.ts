import { Counts } from '../../base/counts.js';
import { describeValues, type Distribution } from '../../statistics/distribution.js';
import type { RewardVerdict } from './reward-line.js';

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
      reward: describeValues(Float64Array.from(this.#rewards)),
      ...(controlled && { rewardLengthControlled: describeValues(Float64Array.from(this.#controlled)) }),
      tokensAnswer: describeValues(Float64Array.from(this.#lengths)),
      tokens: this.#tokens,
    };
  }
}
