import { describe, expect, it } from 'vitest';
import { identityDifferences } from '../../../src/runs/compare-identity.js';

describe("the step of a GPU in two runs' identities", () => {
  const scored = (step_tokens?: number): object => ({
    dtype: 'bf16',
    ...(step_tokens !== undefined && { step_tokens }),
  });
  const evolved = (step_tokens?: number): object => ({ kind: 'evolve', score: scored(step_tokens) });

  it.each([
    [scored(4_224), scored(8_448), ['step_tokens is 4224 there and 8448 here']],
    [scored(4_224), scored(4_224), []],
    [scored(), scored(4_224), []],
    [scored(4_224), scored(), []],
    [evolved(4_224), evolved(8_448), ['score.step_tokens is 4224 there and 8448 here']],
    [evolved(), evolved(4_224), []],
  ])('%j and %j', (there, here, differences) => {
    expect(identityDifferences(there, here)).toEqual(differences);
  });

  it('is the only field that may be absent', () => {
    expect(identityDifferences({}, { dtype: 'bf16' })).toEqual(['dtype is null there and "bf16" here']);
  });
});
