import { describe, expect, it } from 'vitest';
import { controlLength } from '../../../src/judge/reward/length-control.js';
import { parseRewardLine } from '../../../src/judge/reward/reward-line.js';

// eval_reward.py: (score * response_length) / avg_token_length, and (score / response_length) * avg_token_length.
describe('length control', () => {
  it.each([
    ['multiply', 2, 30, 20, 3],
    ['divide', 2, 30, 20, 4 / 3],
    ['multiply', -2, 10, 20, -1],
    ['divide', -2, 10, 20, -4],
  ] as const)('%s: a reward of %d for %d tokens, %d on average, is %d', (control, reward, length, mean, wanted) => {
    expect(controlLength(reward, length, mean, control)).toBeCloseTo(wanted, 12);
  });

  it('gives nothing for an answer without a token', () => {
    expect(controlLength(2, 0, 20, 'divide')).toBeNull();
  });
});

describe('a line of rewards', () => {
  it.each(['', '{', '[]', '{"index":1}', '{"index":"1","reward":2}', '{"index":1,"reward":null,"reason":null}'])(
    '%j is damaged',
    (text) => expect(parseRewardLine(text)).toBeNull(),
  );
});
