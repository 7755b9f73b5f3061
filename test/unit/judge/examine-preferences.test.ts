import { describe, expect, it } from 'vitest';
import { examineKeyword } from '../../../src/judge/answers/keyword.js';
import { examinePreference } from '../../../src/judge/answers/preference.js';
import { completionOf } from '../../support/completion.js';

describe('A preference', () => {
  const examined = (
    text: string,
    marker: string | null = 'Better:',
    finishReason?: 'stop' | 'length' | 'content_filter',
  ) => examinePreference({ about: 'Which is better: 1 or 2?', marker }, completionOf(text, finishReason));

  it.each([
    ['The first is right.\nBetter: 1', 'first'],
    ['Better: 2', 'second'],
    ['Better: tie', 'tie'],
    ['**Better:** **Answer 2**', 'second'],
    ['Better: "1"', 'first'],
    ['Better: Answer #1.', 'first'],
    ['Better: 1, since 2 + 2 is 4', 'first'],
    ['Better: The second answer.', 'second'],
    ['Better: A', 'first'],
    ['Better: Tie - both are right', 'tie'],
    ['Better: neither', 'tie'],
    ['第二个更完整。\nBetter：２', 'second'],
    ['<think>Better: 1? No.</think>Better: 2', 'second'],
    ['{"reason": "1 is short", "better": 2}', 'second'],
    ['{"better": "tie"}', 'tie'],
    ['[[A]]', 'first'],
    ['[[C]]', 'tie'],
    ['2', 'second'],
    // The labels of the published prompt.
    ['The second misses the point.\nAssistant 1 is better than Assistant 2', 'first'],
    ["'Assistant 1 is worse than Assistant 2'", 'second'],
    ['**Assistant 1 is equal to Assistant 2**.', 'tie'],
    ['Assistant 2 is better than Assistant 1', 'second'],
    ['Better: A tie', 'tie'],
    ['Better: a tie.', 'tie'],
    ['Better: It is a tie', 'tie'],
    ['Better: equally good', 'tie'],
    ['Better: 1\nBetter: 1', 'first'],
  ])('%j', (text, value) => {
    expect(examined(text)).toEqual({ value, failed: null });
  });

  it.each([
    '',
    'Better: WHICH',
    'Better: 1 or 2',
    'Better: 1/2',
    'Better: 1 = 2',
    'Better: 1 > 2',
    'Better: 1.5',
    'Better: 3',
    'Better: 12',
    'Better: -',
    'Better: a matter of taste',
    'Better: one cannot say',
    'Better: 1? No, 2.',
    'Better: 1. No, 2.',
    'Better: 1:2',
    'Better: 1–2',
    'Better: 1; 2',
    'Better: 1 (tie)',
    'Better: 1 (no: 2)',
    'Better: 1 (answer 2 is better)',
    'Better: 1 → 2',
    'Better: A, B',
    'Better: 1\nBetter: 2',
    'Better: Neither, but 2 if forced',
    'Assistant 1 is better than Assistant 1',
    'I would not say that Assistant 1 is better than Assistant 2',
    '{"better": [1, 2]}',
    '{"better": null}',
  ])('%j is none', (text) => {
    expect(examined(text)).toMatchObject({ value: null, failed: 'unparsable' });
  });

  it.each(['[[A]] or [[B]]', '[[A]] is wrong, so [[B]]', '[[A]] >> [[B]]', '[[A>B]]'])('%j names both', (text) => {
    expect(examined(text, '[[').value).toBeNull();
  });

  it("takes other judges' forms by their own markers", () => {
    expect(examined('Assistant A misses the point. My verdict: [[B]]', '[[').value).toBe('second');
    expect(examined('Better: 1', 'Better:', 'content_filter')).toMatchObject({ value: null, failed: 'cut_off' });
    expect(examined('Better: 1', 'Better:', 'length')).toMatchObject({ value: null, failed: 'cut_off' });
  });
});

describe('A keyword', () => {
  const examined = (text: string, marker: string | null = 'Keyword:') =>
    examineKeyword({ about: 'Add constraints.', marker }, completionOf(text));

  it.each([
    ['Keyword: add constraints', 'add constraints'],
    ['It adds some.\n**Keyword:** Add constraints.', 'Add constraints'],
    ['Keyword: "multi-step reasoning"', 'multi-step reasoning'],
    ['Keyword: 增加约束', '增加约束'],
    ['<think>Hm.</think>Keyword: deepen', 'deepen'],
    ['{"keyword": "add constraints"}', 'add constraints'],
    ['add constraints', 'add constraints'],
  ])('%j', (text, value) => {
    expect(examined(text)).toEqual({ value, failed: null });
  });

  it.each([
    '',
    'Keyword:',
    'Keyword: PHRASE',
    'Keyword: 42',
    'Keyword: ...',
    'It adds constraints to the instruction, and then it asks for reasons.',
    'First line\nSecond line',
    'Keyword: none',
    'Keyword: N/A',
    'Keyword: unknown',
    'Keyword: [PHRASE]',
    'Keyword: I cannot do that',
    "I'm sorry, I cannot help.",
    'I cannot',
    'No idea',
    'Sorry, no.',
    'It adds constraints.',
    'The main idea is constraints',
  ])('%j is none', (text) => {
    expect(examined(text)).toMatchObject({ value: null, failed: 'unparsable' });
  });
});
