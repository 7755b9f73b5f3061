import { isRecord } from '../../base/json.js';
import type { RewardOutcome, RewardReason } from '../../score/rewards/rewards.js';

/** A line of `rewards.jsonl`: a row's reward, or why it has none. */
export interface RewardLine {
  /** Position of the row in the input, from 0. */
  readonly index: number;
  readonly id: string | number | null;
  /** Content hash of the row as parsed; null where it could not be parsed. */
  readonly hash: string | null;
  readonly reward: number | null;
  /** Of all that the model read. */
  readonly tokens: number | null;
  /** Of the answer's text, tokenised alone. */
  readonly tokens_answer: number | null;
  readonly reason: RewardReason | null;
}

/** A line of the verdicts. */
export type RewardVerdict = RewardLine & { readonly reward_length_controlled?: number | null };

/** Rewards are f32: nine digits tell them apart. */
const DIGITS = 9;

export const toNineDigits = (value: number): number => Number(value.toPrecision(DIGITS));

export function rewardLine(outcome: RewardOutcome): RewardLine {
  const { index, id, hash } = outcome;
  if (outcome.status === 'unscored') {
    return { index, id, hash, reward: null, tokens: null, tokens_answer: null, reason: outcome.reason };
  }
  const { reward, tokens, tokensAnswer } = outcome;
  return { index, id, hash, reward: toNineDigits(reward), tokens, tokens_answer: tokensAnswer, reason: null };
}

/** What a line says; null where it is damaged. */
export function parseRewardLine(text: string): RewardLine | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRewardLine(value) ? value : null;
  } catch {
    return null;
  }
}

const isRewardLine = (value: unknown): value is RewardLine =>
  isRecord(value) &&
  Number.isSafeInteger(value['index']) &&
  (typeof value['reward'] === 'number' || typeof value['reason'] === 'string');
