import { describe } from 'vitest';
import {
  cutOff,
  empty,
  missingMarker,
  thinkingTags,
  tooLong,
  withoutWords,
} from '../../../src/operations/eliminators/answer-form.js';
import { markerLeak, promptLeak, publishedPromptLeak } from '../../../src/operations/eliminators/leaks.js';
import { listExplosion } from '../../../src/operations/eliminators/list-explosion.js';
import { stopWordsOnly } from '../../../src/operations/eliminators/stop-words.js';
import { testRule, type Case } from '../../support/evolved.js';

const PARENT = 'Name a fruit that grows in the tropics.';
const GOOD = [
  'Name a fruit that grows in the tropics and say in one sentence how it is eaten.',
  'Nenne eine Frucht, die in den Tropen wächst, und ihre Farbe.',
  'Nomme deux fruits des tropiques et compare leur goût.',
  '请说出一种热带水果，并解释它为什么需要温暖的气候。',
  '熱帯で育つ果物を一つ挙げ、その栄養を説明してください。',
  'Назови тропический фрукт и объясни, где он растёт.',
];
const answers = (texts: readonly string[], also: Partial<Case> = {}): readonly Case[] =>
  texts.map((answer) => ({ parent: PARENT, answer, ...also }));

describe('empty', () => {
  testRule(
    empty,
    answers(['', ' \n\t', '```\n\n```', 'New instruction:', '#Rewritten Prompt#:', '<think>Hm.</think>']),
    answers(['?', ...GOOD]),
  );
});

describe('empty: without a letter or a digit', () => {
  testRule(withoutWords, answers(['', '...', '?!', '—', '***', '🙂', '。。。']), answers(['7', 'x', ...GOOD]));
});

describe('cut_off', () => {
  testRule(cutOff, answers(GOOD, { finishReason: 'length' }), [
    ...answers(GOOD, { finishReason: 'stop' }),
    ...answers(GOOD.slice(0, 1), { finishReason: 'other' }),
  ]);
});

describe('thinking_tags', () => {
  testRule(
    thinkingTags,
    answers([
      '<think>What is harder?</think>Name two fruits.',
      '<think>It never ends',
      'What is harder?\n</think>\n\nName two fruits.',
      '<thinking>\nEtwas Schwereres.\n</thinking>\nNenne zwei Früchte.',
      'Name two fruits.\n<think>Is this good?</think>',
      '<reasoning>想一想</reasoning>\n说出两种水果。',
    ]),
    [
      ...answers(GOOD),
      ...answers([
        '<think>\n\n</think>\n\nName two fruits.',
        'Explain what the `<think>` tag does.',
        'Write a regular expression that removes <think> and </think> from a text.',
      ]),
      {
        parent: 'A model wrote <think>2 + 2 = 4</think>. Is that right?',
        answer: 'A model wrote\n<think>2 + 2 = 4</think>\nIs that right? Prove it.',
      },
      {
        parent: '<think>2 + 2 = 5</think>\nFind the mistake.',
        answer: '<think>2 + 2 = 5</think>\nFind the mistake and explain it.',
      },
    ],
  );
});

describe('missing_marker', () => {
  const marker = '#Final Instruction#';
  testRule(missingMarker, answers(GOOD, { marker }), [
    ...answers(
      GOOD.map((text) => `Step 1: plan.\n${marker}\n${text}`),
      { marker },
    ),
    ...answers(['**Final Instruction:** Name two fruits.', `${marker}`], { marker }),
    ...answers(GOOD.slice(0, 1)),
  ]);
});

describe('too_long', () => {
  testRule(tooLong, answers(GOOD, { maxCharacters: 10 }), [
    ...answers(GOOD, { maxCharacters: 100 }),
    ...answers(GOOD.slice(0, 1)),
  ]);
  testRule(
    tooLong,
    answers(['Sort these.'], { input: 'x'.repeat(90), maxCharacters: 100 }),
    answers(['Sort these.'], { input: 'x'.repeat(80), maxCharacters: 100 }),
  );
});

describe('marker_leak', () => {
  const prompt = 'Edit it.\n#Given Prompt#:\nName a fruit.\n#Rewritten Prompt#:\n<instruction>\n';
  testRule(
    markerLeak,
    [
      ...answers(
        [
          'Name a fruit. #Given Prompt#: Name a fruit.',
          'Name # given prompt # two fruits.',
          'Nenne zwei Früchte. #Rewritten Prompt#',
          'Name two fruits. <instruction> Name three.',
        ],
        { prompt },
      ),
      ...answers(['说出两种水果。#Final Instruction#：好的', 'Name two fruits, then write ## final instruction ##.'], {
        prompt: `${prompt}#Final Instruction#`,
      }),
    ],
    [
      ...answers(GOOD, { prompt }),
      ...answers(
        ['Name a fruit for #Instagram and #food.', 'Write <b>fruit</b> in HTML.', 'Rewrite the prompt of the teacher.'],
        { prompt },
      ),
      {
        parent: 'Explain the marker "#Given Prompt#" of Evol-Instruct.',
        answer: 'Explain the marker "#Given Prompt#" of Evol-Instruct with an example of its use.',
        prompt: 'Edit:\n#Given Prompt#:\nExplain the marker "#Given Prompt#" of Evol-Instruct.\n#Rewritten Prompt#:',
      },
    ],
  );
});

describe('prompt_leak', () => {
  testRule(
    promptLeak,
    answers([
      'The given prompt asks for a fruit, so name two.',
      'This rewritten prompt asks for two fruits.',
      'Name two fruits. (The original instruction asked for one.)',
      'Edit an instruction so that it gets a little harder to carry out, for fruits.',
      'Your job is to edit an instruction so that it names two fruits.',
      'Name two fruits. Reply with the new instruction and nothing else.',
    ]),
    [
      ...answers(GOOD),
      {
        parent: 'Write a writing prompt for children.',
        answer: 'Write a new writing prompt for children that begins at sea.',
      },
      {
        parent: 'Rewrite the given prompt so that it is polite.',
        answer: 'Rewrite the given prompt so that it is polite and at most ten words long.',
      },
      ...answers(['Follow the instructions on the package and name the fruit that it needs.']),
    ],
  );
});

describe('prompt_leak as WizardLM has it', () => {
  testRule(
    publishedPromptLeak,
    answers([
      'The given prompt asks for a fruit.',
      'Given Prompt: name two fruits.',
      'This rewritten prompt asks for two fruits.',
      'A created prompt for two fruits.',
      'Name a fruit. #Given Prompt#',
      'Nenne zwei Früchte. #Rewritten Prompt#:',
    ]),
    [
      ...answers(GOOD),
      ...answers(['Name a fruit for #food.', 'Write a prompt for a painter.']),
      { parent: 'What does #Given Prompt# mean?', answer: 'What does #Given Prompt# mean, and where does it stand?' },
    ],
  );
});

describe('list_explosion', () => {
  const items = (count: number, item: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => item(i + 1)).join('\n');
  testRule(
    listExplosion,
    [
      ...answers([
        `Name fruits:\n${items(12, (i) => `${i}. a fruit that begins with letter ${i}`)}`,
        `Nenne Früchte:\n${items(10, (i) => `- Frucht ${i}`)}`,
        `说出水果：\n${items(15, (i) => `${i}) 第${i}种水果`)}`,
        `Version 1: Name two fruits.\nVersion 2: Name three fruits.\nVersion 3: Name four fruits.`,
        `**Option 1:** Name two.\n**Option 2:** Name three.\n**Option 3:** Name four.`,
        'Name a fruit that grows there. '.repeat(5),
        'Name the colour of it.\n'.repeat(4),
      ]),
      {
        parent: `Answer:\n${items(6, (i) => `${i}. why?`)}`,
        answer: `Answer:\n${items(13, (i) => `${i}. why ${i}?`)}`,
      },
    ],
    [
      ...answers(GOOD),
      ...answers([
        `Name a fruit and say:\n${items(5, (i) => `${i}. fact ${i} about it`)}`,
        `Vergleiche:\n- Farbe\n- Geschmack\n- Preis`,
        'Compare option 1 (apples) with option 2 (pears).',
        'Name it. Name it. Name it. Name it.',
      ]),
      {
        parent: `Sort:\n${items(20, (i) => `${i}. word`)}`,
        answer: `Sort and count:\n${items(20, (i) => `${i}. word`)}`,
      },
      {
        parent: 'Row row row your boat. Row row row your boat. Continue.',
        answer: `${'Row row row your boat. '.repeat(4)}Continue with a second verse.`,
      },
    ],
  );
});

describe('stop_words_only', () => {
  testRule(
    stopWordsOnly,
    answers(['the of and', 'What is it?', 'and so the...', 'der die das', 'le la les', 'como el que', '?!']),
    answers(['What is rain?', 'Why?! Explain.', ...GOOD]),
  );
});
