import { describe, expect, test } from 'vitest';
import { ELIMINATORS } from '../../../src/operations/eliminators/presets.js';
import { examineResponse } from '../../../src/ask/examine-response.js';
import { examineEvolved } from '../../../src/operations/examine-evolved.js';
import { completionOf, askedOf, type Case } from '../../support/evolved.js';

const reasonFor = (one: Case, preset: keyof typeof ELIMINATORS): string | null => {
  return examineEvolved(askedOf(one, preset), completionOf(one.answer, one.finishReason)).eliminated;
};

describe('presets', () => {
  const parent = 'List three fruits of the tropics.';
  const marker = '#Final Instruction#';
  test.each<readonly [string, Case, Readonly<Record<keyof typeof ELIMINATORS, string | null>>]>([
    ['nothing', { parent, answer: ' ' }, { none: 'empty', published: 'empty', wizardlm: 'empty', strict: 'empty' }],
    [
      'the same',
      { parent, answer: parent },
      { none: null, published: null, wizardlm: 'no_information_gain', strict: 'unchanged' },
    ],
    [
      'no marker',
      { parent, marker, answer: 'List three fruits and their prices in euros.' },
      { none: null, published: 'missing_marker', wizardlm: null, strict: 'missing_marker' },
    ],
    [
      'a refusal',
      { parent, answer: "I'm sorry, but I can't assist with that." },
      { none: null, published: null, wizardlm: 'hard_to_answer', strict: 'refusal' },
    ],
    [
      'the prompt',
      { parent, answer: 'The given prompt asks for fruits, so list four of them.' },
      { none: null, published: null, wizardlm: 'prompt_leak', strict: 'prompt_leak' },
    ],
    ['signs', { parent, answer: '?!' }, { none: null, published: null, wizardlm: 'stop_words_only', strict: 'empty' }],
    [
      'a cut answer',
      {
        parent,
        finishReason: 'length',
        answer: 'List three fruits of the tropics, the colour and the taste of each, and',
      },
      { none: null, published: null, wizardlm: null, strict: 'cut_off' },
    ],
    [
      'thinking',
      { parent, answer: '<think>Hm.</think>List four fruits and their colours.' },
      { none: null, published: null, wizardlm: null, strict: 'thinking_tags' },
    ],
    [
      'a good one',
      { parent, marker, answer: `${marker}\nList three fruits of the tropics and say how each is eaten.` },
      { none: null, published: null, wizardlm: null, strict: null },
    ],
  ])('%s', (_, one, reasons) => {
    for (const preset of ['none', 'published', 'wizardlm', 'strict'] as const) {
      expect([preset, reasonFor(one, preset)]).toEqual([preset, reasons[preset]]);
    }
  });

  test('a cause comes before what follows from it', () => {
    const cut: Case = { parent, marker, finishReason: 'length', answer: '<think>I have to list' };
    expect(reasonFor(cut, 'strict')).toBe('cut_off');
    expect(reasonFor({ ...cut, finishReason: 'stop' }, 'strict')).toBe('thinking_tags');
    expect(reasonFor({ parent, marker, answer: "I'm sorry, but I can't help with that." }, 'strict')).toBe('refusal');
  });

  test('what was thrown away is kept with its evidence', () => {
    const answer = 'Answer: mango, papaya, durian';
    expect(examineEvolved(askedOf({ parent, answer }), completionOf(answer))).toEqual({
      instruction: answer,
      eliminated: 'answered',
      detail: expect.stringContaining('Answer: m'),
    });
    expect(examineEvolved(askedOf({ parent, answer: '' }), completionOf(''))).toMatchObject({ instruction: null });
  });

  test('thinking is never part of an instruction', () => {
    const none = askedOf({ parent, answer: '' }, 'none');
    expect(examineEvolved(none, completionOf('<think>Hm.</think>List four.'))).toMatchObject({
      instruction: 'List four.',
    });
  });

  test.each([
    ['hashes', (n: number) => '#'.repeat(n)],
    ['spaces', (n: number) => `a${' '.repeat(n)}b`],
    ['quotes', (n: number) => '"'.repeat(n)],
    ['backticks', (n: number) => '`'.repeat(n)],
    ['one sentence', (n: number) => 'the sea is wide and '.repeat(n / 20)],
    ['one letter', (n: number) => 'a'.repeat(n)],
    ['digits', (n: number) => '1,'.repeat(n / 2)],
    ['tags', (n: number) => '<think>\n'.repeat(n / 8)],
    ['lines', (n: number) => '- x\n'.repeat(n / 4)],
    ['characters', (n: number) => '水'.repeat(n)],
  ])('judging a degenerate answer of %s takes time that grows with its length, not with its square', (_, answerOf) => {
    const millisecondsFor = (length: number): number => {
      const answer = answerOf(length);
      const started = performance.now();
      for (const preset of ['strict', 'wizardlm'] as const) {
        examineEvolved(askedOf({ parent, answer, marker, siblings: [answer] }, preset), completionOf(answer));
        examineEvolved(askedOf({ parent: answer, answer: `${answer} x` }, preset), completionOf(`${answer} x`));
      }
      examineResponse({ instruction: answer }, completionOf(answer));
      return performance.now() - started;
    };
    // Thirty times the length; squared it would be 900 times the work. A slow moment spoils a try, not all of them.
    const ratio = (): number => millisecondsFor(60_000) / Math.max(millisecondsFor(2_000), millisecondsFor(2_000));
    let best = ratio();
    for (let tries = 1; tries < 5 && best > 200; tries++) best = Math.min(best, ratio());
    expect(best).toBeLessThanOrEqual(200);
  });
});
