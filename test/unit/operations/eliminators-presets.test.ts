import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../../src/operations/eliminators/presets.js';
import { examine } from '../../../src/operations/examine.js';
import { completionOf, examinationOf, type Case } from '../../support/candidate.js';

const reasonFor = (one: Case, preset: keyof typeof PRESETS): string | null => {
  const finding = examine(examinationOf(one, preset), completionOf(one.answer, one.finishReason));
  if (finding.kind !== 'evolved') throw new Error(finding.kind);
  return finding.eliminated;
};

describe('presets', () => {
  const parent = 'List three fruits of the tropics.';
  const marker = '#Final Instruction#';
  test.each<readonly [string, Case, Readonly<Record<keyof typeof PRESETS, string | null>>]>([
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
    expect(examine(examinationOf({ parent, answer }), completionOf(answer))).toEqual({
      kind: 'evolved',
      instruction: answer,
      eliminated: 'answered',
      detail: expect.stringContaining('Answer: m'),
    });
    expect(examine(examinationOf({ parent, answer: '' }), completionOf(''))).toMatchObject({ instruction: null });
  });

  test('thinking is never part of a text', () => {
    const text = '<think>Hm.</think>\nThe method lacks a review.';
    expect(examine({ kind: 'text' }, completionOf(text))).toEqual({ kind: 'text', text: 'The method lacks a review.' });
    const none = examinationOf({ parent, answer: '' }, 'none');
    expect(examine(none, completionOf('<think>Hm.</think>List four.'))).toMatchObject({ instruction: 'List four.' });
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
        examine(examinationOf({ parent, answer, marker, siblings: [answer] }, preset), completionOf(answer));
        examine(examinationOf({ parent: answer, answer: `${answer} x` }, preset), completionOf(`${answer} x`));
      }
      examine({ kind: 'response', instruction: answer }, completionOf(answer));
      return performance.now() - started;
    };
    // Thirty times the length; squared it would be 900 times the work. A slow moment spoils a try, not all of them.
    const ratio = (): number => millisecondsFor(60_000) / Math.max(millisecondsFor(2_000), millisecondsFor(2_000));
    let best = ratio();
    for (let tries = 1; tries < 5 && best > 200; tries++) best = Math.min(best, ratio());
    expect(best).toBeLessThanOrEqual(200);
  });
});
