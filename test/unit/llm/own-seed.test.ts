import { describe, expect, it } from 'vitest';
import { withOwnSeed } from '../../../src/llm/fleet/own-seed.js';
import type { Question } from '../../../src/llm/question.js';

const question = (item: string, attempt: number, seed?: number): Question => ({
  key: { stage: 'evolve', item, operation: 'deepening', sample: 0, attempt },
  plan: { name: 'g', source: { kind: 'gguf', path: 'g' }, systemPrompt: null, sampling: {} },
  messages: [{ role: 'user', content: 'Add.' }],
  sampling: seed === undefined ? { maxTokens: 5 } : { maxTokens: 5, seed },
  examination: null,
});
const seedOf = (...args: Parameters<typeof question>): number | undefined =>
  withOwnSeed(question(...args)).sampling.seed;

describe('a request', () => {
  it('has the same seed of its own however often it is asked', () => {
    // printf '%s' '[7,{"attempt":0,"item":"3","operation":"deepening","sample":0,"stage":"evolve"}]' | sha256sum
    for (let asked = 0; asked < 2; asked++) expect(seedOf('3', 0, 7)).toBe(0x0afb4a21 >>> 1);
  });

  it('has another seed than requests for other things, and in runs with another seed', () => {
    const seeds = [seedOf('3', 0, 7), seedOf('4', 0, 7), seedOf('3', 1, 7), seedOf('3', 0, 8)];
    expect(new Set(seeds).size).toBe(4);
    for (const seed of seeds) expect(seed).toBeGreaterThanOrEqual(0);
    for (const seed of seeds) expect(seed).toBeLessThan(2 ** 31);
  });

  it('has none where none was given', () => {
    expect(seedOf('3', 0)).toBeUndefined();
  });
});
