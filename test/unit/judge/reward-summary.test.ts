import { describe, expect, it } from 'vitest';
import { controlLength } from '../../../src/judge/reward/length-control.js';
import { parseRewardLine } from '../../../src/judge/reward/reward-line.js';
import { distributionOf } from '../../../src/judge/reward/reward-summary.js';

// numpy 2.4, to nine digits: mean, std(ddof=1), quantile([0, .05, .25, .5, .75, .95, 1]) of these very values.
describe('a distribution', () => {
  it("has numpy's numbers", () => {
    expect(distributionOf([3.5, -1.25, 0.125, 7.75, 2, -4.5, 2])).toEqual({
      mean: 1.375,
      sd: 3.84937766,
      min: -4.5,
      q05: -3.525,
      q25: -0.5625,
      median: 2,
      q75: 2.75,
      q95: 6.475,
      max: 7.75,
    });
  });

  it('has no spread of one value, and is nothing of none', () => {
    expect(distributionOf([2.5])).toMatchObject({ mean: 2.5, sd: null, min: 2.5, q95: 2.5, max: 2.5 });
    expect(distributionOf([])).toBeNull();
  });
});

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
