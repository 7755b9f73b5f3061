import { describe, expect, it } from 'vitest';
import { examineDifficulty } from '../../../src/judge/answers/difficulty.js';
import { examineScore } from '../../../src/judge/answers/score.js';
import { completionOf } from '../../support/completion.js';

type Finish = 'stop' | 'length';

describe('A level of difficulty', () => {
  const about = 'Write a hard poem. Difficulty: none at all.';
  const examined = (text: string, finishReason?: Finish, marker: string | null = 'Difficulty:') =>
    examineDifficulty({ about, marker }, completionOf(text, finishReason));

  it.each([
    ['It takes little.\nDifficulty: easy', 'easy'],
    ['Difficulty: Very Hard', 'very_hard'],
    ['Difficulty: very_hard', 'very_hard'],
    ['Difficulty: very-easy.', 'very_easy'],
    ['**Difficulty:** **Medium**', 'medium'],
    ['Difficulty: "hard"', 'hard'],
    ['Difficulty: [hard]', 'hard'],
    ['Difficulty: hard (4/5)', 'hard'],
    ['Difficulty: hard, since it takes 3 steps', 'hard'],
    ['Difficulty: medium – one must know the law.', 'medium'],
    ['Difficulty: 4', 'hard'],
    ['Difficulty: 5/5', 'very_hard'],
    ['Difficulty: 4 (hard)', 'hard'],
    ['Difficulty: ４', 'hard'],
    ['The poem says "Difficulty: easy" itself.\nDifficulty: hard', 'hard'],
    ['难度较高，需要专业知识。\nDifficulty：hard', 'hard'],
    ['Es braucht Fachwissen.\n\nDifficulty: very hard', 'very_hard'],
    ['هذا سؤال سهل.\nDifficulty: easy', 'easy'],
    ['<think>Is it easy? Difficulty: easy? No.</think>\nDifficulty: hard', 'hard'],
    ['It might be easy, I think.</think>\n\nDifficulty: hard', 'hard'],
    ['{"intent": "a poem", "difficulty": "very hard"}', 'very_hard'],
    ['```json\n{"difficulty": "[medium]",}\n```', 'medium'],
    ["{'difficulty': 'easy'}", 'easy'],
    ['{"difficulty": 2}', 'easy'],
    ['Difficulty:\n{"difficulty": "hard"}', 'hard'],
    ['hard', 'hard'],
    ['**Very easy.**', 'very_easy'],
    ['3', 'medium'],
  ])('%j', (text, value) => {
    expect(examined(text)).toEqual({ value, failed: null });
  });

  it.each([
    '',
    ' \n',
    'I like trains.',
    'It is hard to say.',
    'It is a hard one',
    'Difficulty: LEVEL',
    'Difficulty:',
    'Difficulty: hard to say',
    'Difficulty: not hard',
    'Difficulty: medium to hard',
    'Difficulty: medium/hard',
    'Difficulty: easy or medium',
    'Difficulty: hard (2/5)',
    'Difficulty: 2 (hard)',
    'Difficulty: 0',
    'Difficulty: 6',
    'Difficulty: 3.5',
    'Difficulty: 2-3',
    'Difficulty: -3',
    'Difficulty: 4/10',
    'Difficulty: moderate',
    'Difficulty: 难',
    'Difficulty: schwer',
    'Difficulty: hardware',
    'Difficulty: veryhardly',
    '{"difficulty": "[very easy/easy/medium/hard/very hard]"}',
    '{"difficulty": null}',
    '{"difficulty": ["hard"]}',
    '{"level": "hard"}',
    '<think>Difficulty: hard',
    '<think>Difficulty: hard</think>',
    "I'm sorry, but I can't help with that.",
    // What SmolLM2-135M-Instruct made of the prompt.
    'LEVEL: Very Hard',
    'Very difficult: Very Hard: Very Hard: Very Hard',
    'Very hard\n\nThe answer is a very difficult level of challenge.',
    'difficulty: difficult to explain\ndifficult to remember: easy to understand\nvery easy: medium to hard',
    '\u0000\uFFFD\uD800',
  ])('%j is none', (text) => {
    expect(examined(text)).toMatchObject({ value: null, failed: 'unparsable' });
  });

  it.each(['Difficulty: very', 'Difficulty: hard', '{"difficulty": "very hard', 'hard', 'It takes'])(
    '%j is none where the answer was cut off there',
    (text) => {
      expect(examined(text, 'length')).toMatchObject({ value: null, failed: 'cut_off' });
    },
  );

  it.each(['Difficulty: hard\nThe reason is', '{"difficulty": "hard"}\nThe reason'])(
    '%j stands, whatever was cut off behind it',
    (text) => {
      expect(examined(text, 'length')).toEqual({ value: 'hard', failed: null });
    },
  );

  it('needs no marker', () => {
    expect(examined('{"knowledge": "hard facts", "difficulty": "easy"}', 'stop', null).value).toBe('easy');
    expect(examined('Medium', 'stop', null).value).toBe('medium');
  });
});

describe('A score', () => {
  const examined = (text: string, finishReason?: Finish, marker: string | null = 'Score:') =>
    examineScore({ about: 'Return {"score": 10} for a win.', marker }, completionOf(text, finishReason));

  it.each([
    ['It is clear.\nScore: 85', 85],
    ['Score: 85/100', 85],
    ['Score: 85 out of 100', 85],
    ['Score: 85%', 85],
    ['**Score:** **72.5**', 72.5],
    ['Score: 0', 0],
    ['Score: 100', 100],
    ['Score: ８５', 85],
    ['评分理由：清楚。\nScore：60', 60],
    ['<think>Score: 10</think>Score: 90', 90],
    ['It asks for {"score": 10}.\nScore: 80', 80],
    ['{"reason": "clear", "score": 64}', 64],
    ['{"score": "64/100"}', 64],
    ['64', 64],
    ['Score: 85 (out of 100)', 85],
    ['Score: 85 points out of 100', 85],
    ['Score: 85, as it asks for 3 steps', 85],
    ['Score: $\\boxed{85}$', 85],
    ['Confidence score: 10\n- **Score:** 85', 85],
    ['It needs three steps.\n**Final score:** 85', 85],
    ['My overall score: 85/100', 85],
    ['Underscore: 5\nScore: 85', 85],
    ['Score: NUMBER\nScore: 85', 85],
    ['{"score": 85}\nThat is {"score": 85}.', 85],
  ])('%j', (text, value) => {
    expect(examined(text)).toEqual({ value, failed: null });
  });

  it.each([
    '',
    'Score: NUMBER',
    'Confidence score: 10',
    'Underscore: 5',
    'Score: 85\nScore: 25',
    'Score: 85\nScore: see above',
    '{"score": 0} is for nonsense, so: {"score": 85}',
    'Score: 5 stars',
    'Score: 5 (stars)',
    'Score: 0.85',
    'Score: 7 (of ten)',
    'Score: 1 million',
    'Score: 101',
    'Score: -5',
    'Score: 80-90',
    'Score: 8/10',
    'Score: 70 or 80',
    'Score: high',
    'Score: eighty',
    'Score: NaN',
    'Score: 1e2',
    'It deserves 80 points.',
    '{"score": true}',
    '{"score": {"value": 80}}',
    '{"score": 1000}',
  ])('%j is none', (text) => {
    expect(examined(text)).toMatchObject({ value: null, failed: 'unparsable' });
  });

  it('is read without the thinking, also of an instruction that holds such tags', () => {
    const asked = { about: 'What does <think> mean?', marker: 'Score:' };
    expect(examineScore(asked, completionOf('<think>\nScore: 10\n</think>\nScore: 90')).value).toBe(90);
  });

  it('is none where the answer was cut off within it', () => {
    for (const text of ['Score: 8', '{"score": 8', '8']) {
      expect(examined(text, 'length')).toMatchObject({ value: null, failed: 'cut_off' });
    }
  });
});
