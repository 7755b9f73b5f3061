import { describe, expect, it } from 'vitest';
import { shorten } from '../../../src/auto-evol/shorten.js';
import type { Trajectory } from '../../../src/auto-evol/evolve-batch.js';
import { rowsOf } from './method-world.js';

const trajectory = (instruction: string, ...stages: (string | null)[]): Trajectory => ({
  seed: { ...rowsOf(1)[0]!, instruction },
  stages: stages.map((text) =>
    text === null ? { instruction: null, problem: 'missing_marker' } : { instruction: text, problem: null },
  ),
});

describe('shorten', () => {
  it('leaves what fits as it is', () => {
    const [shown] = shorten([trajectory('count to ten', 'count to twenty', null)], 100);
    expect(shown).toEqual({
      instruction: 'count to ten',
      input: '',
      stages: [
        { instruction: 'count to twenty', problem: null },
        { instruction: null, problem: 'missing_marker' },
      ],
    });
  });

  it('cuts the middle out of long texts, to what short ones leave of the whole', () => {
    const long = `begin ${'x'.repeat(3_000)} end`;
    const [shown] = shorten([trajectory('count to ten', long, long)], 1_000);
    const [first, second] = shown!.stages.map(({ instruction }) => instruction!);
    expect(shown!.instruction).toBe('count to ten');
    expect(first).toMatch(/^begin x+ \[…\] x+ end$/);
    expect(first!.length + second!.length + 'count to ten'.length).toBeLessThanOrEqual(1_000);
    expect(first!.length).toBe(494);
  });

  it('breaks no character in two', () => {
    const [shown] = shorten([trajectory('🦊'.repeat(50), '🦉'.repeat(51))], 81);
    for (const text of [shown!.instruction, shown!.stages[0]!.instruction!])
      expect(text).toMatch(/^(🦊|🦉)+ \[…\] (🦊|🦉)+$/u);
  });
});
