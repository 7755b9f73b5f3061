import { describe, expect, it } from 'vitest';
import { toCamelCase, toSnakeCase } from '../../../src/base/snake-case.js';

const REPORT = {
  rows: 3,
  meanIcIfd: 0.5,
  rowsS: 2.5,
  reasons: { too_long: 1, myReason: 2 },
  turns: [{ lossAGivenQ: 1, tokensAAlone: 2 }],
  nllAGivenQ: [1, 2.5],
  generators: { gpt4A: { meanIfd: null, rounds: { '1': { meanIfd: 1 } } }, my_model: { meanIfd: 0 } },
};

describe('the spelling of files', () => {
  it('is snake_case, in the same order, but for keys that are data', () => {
    expect(JSON.stringify(toSnakeCase(REPORT))).toBe(
      '{"rows":3,"mean_ic_ifd":0.5,"rows_s":2.5,"reasons":{"too_long":1,"myReason":2},' +
        '"turns":[{"loss_a_given_q":1,"tokens_a_alone":2}],"nll_a_given_q":[1,2.5],' +
        '"generators":{"gpt4A":{"mean_ifd":null,"rounds":{"1":{"mean_ifd":1}}},"my_model":{"mean_ifd":0}}}',
    );
  });

  it('is had back as it was', () => {
    expect(toCamelCase(JSON.parse(JSON.stringify(toSnakeCase(REPORT))))).toEqual(REPORT);
    expect(toCamelCase(null)).toBeNull();
  });

  it('takes a field that holds something else for what it holds', () => {
    expect(toSnakeCase({ rounds: 3, generators: ['gpt4A'], failures: null })).toEqual({
      rounds: 3,
      generators: ['gpt4A'],
      failures: null,
    });
  });
});
