import { describe, expect, it } from 'vitest';
import { analysedRun } from '../../../src/rank/join-file.js';

describe("a run's name in an analysis", () => {
  it.each([
    ['runs/a', ['a', 'b'], 'a'],
    ['./d1/r/', ['d2/r', 'd1/r'], 'd1/r'],
    ['d1/r', ['./d2/r', './d1/../d1/r'], './d1/../d1/r'],
    ['runs/ev/scored', ['plain', 'ev'], 'ev'],
    ['runs/ev/scored', ['plain', './runs/ev'], './runs/ev'],
    ['runs/ev/scored', ['other/scored', 'runs/ev/scored'], 'runs/ev/scored'],
    ['runs/a', ['b'], null],
    ['runs/a', [], null],
  ])('%s among %j', (run, names, own) => {
    expect(analysedRun('rows.parquet', new Set(names), run)).toBe(own);
  });

  it('is missed where it is not there', () => {
    expect(() => analysedRun('rows.parquet', new Set(['d1/r', 'd2/r']), 'd3/r')).toThrow('none of them is d3/r');
  });
});
