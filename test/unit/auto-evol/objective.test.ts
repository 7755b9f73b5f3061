import { describe, expect, it } from 'vitest';
import type { DevelopmentResult } from '../../../src/auto-evol/method-trial.js';
import { bestOf, verdictOn } from '../../../src/auto-evol/objective.js';
import type { Objective } from '../../../src/auto-evol/options.js';

const result = (fields: Partial<DevelopmentResult>): DevelopmentResult => ({
  rows: 10,
  unanswered: 0,
  failures: { stagnation: 0.4 },
  rate: 0.4,
  scored: 10,
  meanIcIfd: 0.2,
  ...fields,
});

const current = result({});

describe('verdictOn', () => {
  it.each<[Objective, Partial<DevelopmentResult>, string]>([
    ['failures', { rate: 0.3, failures: { stagnation: 0.3 } }, 'improved'],
    ['failures', {}, 'no_improvement'],
    ['failures', { rate: 0.5 }, 'no_improvement'],
    ['failures', { failures: { stagnation: 0.2, refusal: 0.2 } }, 'no_improvement'],
    ['failures', { rate: 0.3, meanIcIfd: 0.1 }, 'improved'],
    ['failures', { rate: 0, failures: {}, rows: 5, unanswered: 5 }, 'too_few_answers'],
    ['ic_ifd', { meanIcIfd: 0.21 }, 'improved'],
    ['ic_ifd', {}, 'no_improvement'],
    ['ic_ifd', { rate: 0.1, meanIcIfd: 0.2 }, 'no_improvement'],
    ['ic_ifd', { rate: 0.1, meanIcIfd: 0.3 }, 'improved'],
    ['ic_ifd', { rate: 0.5, meanIcIfd: 0.3 }, 'more_failures'],
    ['ic_ifd', { scored: 9, meanIcIfd: 0.3 }, 'fewer_scores'],
    ['ic_ifd', { scored: 10, meanIcIfd: null }, 'no_improvement'],
  ])('by %s, %j is %s', (objective, fields, verdict) => {
    expect(verdictOn(objective, result(fields), current)).toBe(verdict);
  });

  it('takes fewer kinds of failures for better where as many rows fail', () => {
    const two = result({ failures: { stagnation: 0.2, refusal: 0.2 } });
    expect(verdictOn('failures', current, two)).toBe('improved');
  });
});

describe('bestOf', () => {
  const candidate = (text: string, fields: Partial<DevelopmentResult>, reason = 'improved' as const) => ({
    text,
    development: result(fields),
    reason,
    detail: '',
  });

  it('is the best of those that improve, of equal ones the first', () => {
    const candidates = [
      candidate('a', { rate: 0.3 }),
      candidate('b', { rate: 0.1 }),
      candidate('c', { rate: 0.1 }),
      { ...candidate('d', { rate: 0 }), reason: 'too_few_answers' as const },
    ];
    expect(bestOf(candidates, 'failures')?.text).toBe('b');
  });

  it('goes by IC-IFD under ic_ifd, and by failures between equal means', () => {
    const candidates = [
      candidate('a', { meanIcIfd: 0.3, rate: 0.1 }),
      candidate('b', { meanIcIfd: 0.4, rate: 0.4 }),
      candidate('c', { meanIcIfd: 0.4, rate: 0.2 }),
    ];
    expect(bestOf(candidates, 'ic_ifd')?.text).toBe('c');
  });

  it('is null where none improves', () => {
    expect(bestOf([{ ...candidate('a', {}), reason: 'no_improvement' }], 'failures')).toBeNull();
  });
});
