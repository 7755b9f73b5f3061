import type { AnswerToken } from '../../llm/chat.js';

/** Of each position: the probability of the most likely token, and the entropy in nats. */
export interface PositionStatistics {
  readonly top1: Float32Array;
  readonly entropy: Float32Array;
}

/**
 * What a server's log-probabilities say of an answer's positions; null where a position has no likeliest tokens: the
 * token that was drawn need not be one. Entropies are lower bounds, as only k tokens of each position are known.
 */
export function logprobStatistics(tokens: readonly AnswerToken[], most: number): PositionStatistics | null {
  const counted = tokens.slice(0, most);
  const known = counted.flatMap(({ logprob, top }) => (top === undefined ? [] : [{ logprob, top }]));
  if (known.length < counted.length) return null;
  const likeliest = known.map(({ logprob, top }) => Math.max(logprob, ...top.map((one) => one.logprob)));
  return {
    top1: Float32Array.from(likeliest, (logprob) => Math.min(1, Math.exp(logprob))),
    entropy: Float32Array.from(known, ({ top }) => leastEntropy(top.map(({ logprob }) => logprob))),
  };
}

/**
 * The least entropy (nats) of a distribution of which the k likeliest tokens are known. What is left of the probability,
 * r, is at least -r ln(min(r, p_k)) nats: no other token has more than p_k, and none more than r.
 *
 * @param logprobs Natural logarithms, in any order.
 */
export function leastEntropy(logprobs: readonly number[]): number {
  const probabilities = logprobs.map(Math.exp);
  const known = probabilities.reduce((sum, p) => sum + surprise(p, p), 0);
  const rest = Math.max(0, 1 - probabilities.reduce((sum, p) => sum + p, 0));
  return known + surprise(rest, Math.min(rest, ...probabilities));
}

/** -p ln q; 0 where p is 0. */
const surprise = (p: number, q: number): number => (p === 0 ? 0 : -p * Math.log(q));
