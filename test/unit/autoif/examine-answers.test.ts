import { describe, expect, it } from 'vitest';
import { examineBackTranslation } from '../../../src/autoif/verifiers/examine-back-translation.js';
import { examineGrade } from '../../../src/autoif/answers/examine-grade.js';
import { examineJudgement } from '../../../src/autoif/verifiers/examine-judgement.js';
import { completionOf } from '../../support/completion.js';

describe('A constraint that a function was put into', () => {
  const code = "def evaluate(response):\n    return ',' not in response";
  const examined = (text: string, finishReason?: 'stop' | 'length') =>
    examineBackTranslation({ code, prompt: `Say it.\n\n${code}\n\nConstraint:` }, completionOf(text, finishReason));

  it.each([
    'Use no commas.',
    'Constraint: Use no commas.',
    '**Constraint:** Use no commas.',
    '"Use no commas."',
    '  Use no\ncommas.\n',
    'Use no commas.\n\nThe function looks for a comma and returns False if there is one.',
    'Here is the constraint:\n\nUse no commas.',
    '<think>It looks for commas.</think>Use no commas.',
  ])('%j', (text) => {
    expect(examined(text)).toEqual({ text: 'Use no commas.', failed: null });
  });

  it.each([
    ['', 'empty'],
    ['Constraint:', 'empty'],
    ['<think>It looks for', 'thinking_tags'],
    ["I'm sorry, but I can't help with that request.", 'refusal'],
  ])('%j is none', (text, failed) => {
    expect(examined(text)).toEqual({ text: '', failed });
  });

  it('is none where the answer was cut off within it', () => {
    expect(examined('Use no', 'length')).toEqual({ text: '', failed: 'cut_off' });
    expect(examined('Use no commas.\n\nThe func', 'length').text).toBe('Use no commas.');
  });
});

describe('A judgement', () => {
  const examined = (text: string, marker: string | null = 'Label:') =>
    examineJudgement({ premise: 'Use no commas', hypothesis: 'Use few commas', marker }, completionOf(text));

  it.each([
    ['Few is more than none.\nLabel: entailment', 'entailment'],
    ['It is no contradiction, and neutral neither.\n**Label:** Entailment', 'entailment'],
    ['Label: **contradiction**.', 'contradiction'],
    ['label - see above\nLabel: neutral', 'neutral'],
    ['Label: NEUTRAL\nThat is my answer.', 'neutral'],
    ['Neutral.', 'neutral'],
    ['This is a contradiction.', 'contradiction'],
    ['Label: contradictory', 'contradiction'],
    ['The first entails the second.\nLabel：entails', 'entailment'],
  ])('%j', (text, label) => {
    expect(examined(text)).toEqual({ label, failed: null });
  });

  it.each([
    '',
    'It could be neutral or a contradiction.',
    'Label: WORD',
    'Label: entailment or neutral',
    "There isn't any contradiction.",
    'This is not a contradiction.',
    'They contradict each other.',
  ])('%j is none', (text) => {
    expect(examined(text)).toMatchObject({ label: null, failed: 'unparsable' });
  });

  it('needs no marker', () => {
    expect(examined('entailment', null).label).toBe('entailment');
  });
});

describe('A grade', () => {
  const examined = (text: string, finishReason?: 'stop' | 'length', about = 'How many legs has a spider? 8') =>
    examineGrade({ about, marker: 'Score:' }, completionOf(text, finishReason));

  it.each([
    ['It is right.\nScore: 9', 9],
    ['Score: 0', 0],
    ['Score: 10', 10],
    ['Score：9', 9],
    ['Score: 8.5', 8.5],
    ['Score: 8/10', 8],
    ['Score: 8 / 10.', 8],
    ['Score: 8 out of 10', 8],
    ['Score: **9**', 9],
    ['**Score:** 9', 9],
    ['**Score: 9/10**', 9],
    ['Score: [7]', 7],
    ['Score: (7)', 7],
    ['Score: 9.\nThe answer has 8 legs right.', 9],
    ['I would score: high.\nScore: 9', 9],
    ['Score: 10 (of 10)', 10],
    ['<think>Score: 3?</think>Score: 9', 9],
    ['9', 9],
    ['**8/10**', 8],
  ])('%j', (text, grade) => {
    expect(examined(text)).toEqual({ grade, failed: null });
  });

  it.each([
    '',
    'It is right; a spider has 8 legs.',
    'Score: NUMBER',
    'Score: nine',
    'Score: 7-8',
    'Score: 7 – 8',
    'Score: 7 to 8',
    'Score: 6 or 7',
    'Score: between 6 and 7',
    'Score: 11',
    'Score: 100',
    'Score: -1',
    'Score: 4/5',
    'Score: 90%',
    'Score: 8/100',
    'Score: 9,5',
    'Score: 8 for style, 6 for content',
    'I give it 9 points.',
  ])('%j is none', (text) => {
    expect(examined(text)).toMatchObject({ grade: null, failed: 'unparsable_grade' });
  });

  it('is none where the answer was cut off at it: it might have been a 10', () => {
    expect(examined('Score: 1', 'length').grade).toBeNull();
    expect(examined('Score: 7\nBecause', 'length').grade).toBe(7);
  });
});
