import { describe, expect, it } from 'vitest';
import { checkOptions, fillOptions } from '../../../src/base/options.js';
import { parseThreshold, thresholdOption } from '../../../src/base/threshold.js';

describe('A threshold', () => {
  it.each([
    ['>0.5', [0.5], [0.500001, 1]],
    ['>=0.8', [0.79999], [0.8, 1]],
    ['>8', [8, 7], [8.5, 9]],
    ['off', [], [-1, 0, 1]],
    ['>=.5', [0.4], [0.5]],
  ])('%s', (text, refused, accepted) => {
    const { accepts } = parseThreshold(text);
    expect(refused.filter(accepts)).toEqual([]);
    expect(accepted.filter(accepts)).toEqual(accepted);
  });

  it('keeps its text without spaces', () => {
    expect(parseThreshold(' >= 0.8 ').text).toBe('>=0.8');
  });

  it.each(['0.5', '<0.5', '>', '>=x', '', '> 1e3', '=>1'])('is not %j', (text) => {
    expect(() => parseThreshold(text)).toThrow('is not a rule such as >0.5 or >=0.8, or off');
  });

  it('is an option like any other', () => {
    const table = { accuracy: thresholdOption({ to: 1 }, { flag: '--accuracy <threshold>', default: '>0.5' }) };
    expect(fillOptions<{ accuracy?: string }, typeof table>({}, table).accuracy).toBe('>0.5');
    expect(() => checkOptions<{ accuracy?: string }>('autoif', { accuracy: '0.5' }, table)).toThrow(
      'autoif: `accuracy` must be a rule such as >0.5 or >=0.8, or off (values are from 0 to 1), not "0.5"',
    );
    expect(() => checkOptions<{ accuracy?: string }>('autoif', { accuracy: '>=80' }, table)).toThrow('not ">=80"');
  });
});
