import { describe, expect, it } from 'vitest';
import { settleScoreOptions } from '../../../src/score/score-options.js';

describe('settleScoreOptions', () => {
  it('accepts good options and counts undefined as absent', () => {
    expect(() =>
      settleScoreOptions({ recipe: 'aligned', template: 'chat', maxLength: 512, columns: { instruction: 'question' } }),
    ).not.toThrow();
    expect(() => settleScoreOptions({ turns: undefined })).not.toThrow();
  });

  it.each([
    [{ recipe: 'papers' }, 'score: `recipe` must be one of paper, superfiltering, cherry, aligned, not "papers"'],
    [{ turns: 'all' }, 'score: `turns` must be one of reject, last, each, not "all"'],
    [{ maxLength: 1 }, 'score: `maxLength` must be an integer of at least 2, not 1'],
    [{ maxLength: 1.5 }, 'score: `maxLength` must be an integer of at least 2, not 1.5'],
    [{ batchTokens: '4096' }, 'score: `batchTokens` must be an integer of at least 1, not "4096"'],
    [{ batchTokens: NaN }, 'score: `batchTokens` must be an integer of at least 1, not NaN'],
    [{ perToken: 1 }, 'score: `perToken` must be true or false, not 1'],
    [{ signal: {} }, 'score: `signal` must be an AbortSignal, not {}'],
    [{ columns: { question: 'q' } }, /^score: `columns` must be an object of strings with keys among instruction, /],
    [{ columns: { input: 3 } }, /^score: `columns` must be /],
    [{ recipy: 'paper' }, /^score: unknown option `recipy`; the options are recipe, template, /],
    [null, 'score: options must be an object, not null'],
  ])('%j is refused', (options, message) => {
    const check = (): unknown => settleScoreOptions(options as never);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'bad_argument' }));
  });
});
