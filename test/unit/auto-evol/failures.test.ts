import { describe, expect, test } from 'vitest';
import { findFailures } from '../../../src/auto-evol/failures.js';

const PARENT = { instruction: 'Explain how a lock works in 3 steps, for 2 readers.', input: '' };
const EVOLVED = 'Explain to 2 readers how a lock works in 3 steps, and name one weakness of each part.';
const RESPONSE = '1. The key lifts the pins. 2. The cylinder turns. 3. The bolt moves. Each part can wear out.';

test('an evolution without fault has no failures', () => {
  expect(findFailures(PARENT, EVOLVED, RESPONSE)).toEqual([]);
  expect(findFailures(PARENT, EVOLVED, null)).toEqual([]);
});

test('without an instruction there is a missing marker, and no more to judge', () => {
  expect(findFailures(PARENT, null, null)).toEqual(['missing_marker']);
  expect(findFailures(PARENT, ' \n', RESPONSE)).toEqual(['missing_marker']);
});

test('failures of instruction and answer come together, each once', () => {
  expect(findFailures(PARENT, PARENT.instruction, "I'm sorry, but I can't assist with that.")).toEqual([
    'stagnation',
    'refusal',
  ]);
  expect(findFailures(PARENT, 'Explain how keys are made, with drawings of every part.', null)).toEqual([
    'content_lost',
  ]);
  const code = { instruction: 'What does `len(x)` do?', input: '' };
  expect(findFailures(code, 'What do functions do in general, and why?', 'Sure!')).toEqual([
    'content_lost',
    'courtesy_only',
  ]);
});

describe('asking back', () => {
  test.each([
    'Could you please provide more details about the lock?',
    'Sure, please share the text that you want me to explain.',
    'I need more information. Which lock is it?',
    'What would you like me to explain?',
    'Bitte könnten Sie mir das Schloss nennen?',
    'Veuillez préciser de quelle serrure il s’agit.',
    '请提供更多关于锁的信息。',
    'もう少し詳しく教えてください。',
  ])('%s', (response) => {
    expect(findFailures(PARENT, EVOLVED, response)).toEqual(['asking_back']);
  });

  test.each([
    [EVOLVED, `${RESPONSE} ${RESPONSE.repeat(5)} Please provide your key if you want to know more.`],
    [
      'Write an e-mail to a locksmith about a lock, with 2 prices and 3 dates.',
      'Dear Sir, could you please provide 2 prices and 3 dates?',
    ],
    [
      'Explain in 3 steps what 2 questions a locksmith asks.',
      'Could you tell me which key it is? Can you give me a photo?',
    ],
    [EVOLVED, 'What holds a door? A lock does: the key lifts its pins.'],
    [EVOLVED, 'The key provides the shape. Can it be copied? Yes.'],
    ['Translate this into German in 3 ways for 2 readers: give me time.', 'Bitte gib mir Zeit. Please give me time.'],
  ])('%s / %s is none', (evolved, response) => {
    expect(findFailures(PARENT, evolved, response)).toEqual([]);
  });
});

describe('courtesy only', () => {
  test.each([
    'Sure!',
    'Understood. Thank you!',
    "Of course, I'd be happy to help.",
    'Thank you for your question. How can I help you?',
    'Okay, I will do my best. Let me know if you need anything else.',
    'Natürlich, gerne!',
    'Bien sûr, merci.',
    '好的，明白了。',
    'かしこまりました。ありがとうございます。',
  ])('%s', (response) => {
    expect(findFailures(PARENT, EVOLVED, response)).toEqual(['courtesy_only']);
  });

  test.each([
    [EVOLVED, 'Sure! The key lifts the pins.'],
    [EVOLVED, 'Thank you. A lock has pins.'],
    [EVOLVED, 'Certainly not.'],
    ['In 3 words, say to 2 readers what a guest says when leaving.', 'Thank you.'],
    ['Greet 2 readers in 3 languages.', 'Thanks! Merci ! Danke!'],
    [EVOLVED, 'No.'],
  ])('%s / %s is none', (evolved, response) => {
    expect(findFailures(PARENT, evolved, response)).toEqual([]);
  });
});

describe('stagnation and loss', () => {
  test.each([
    ['Explain how a lock works in 3 steps, for 2 readers!', ['stagnation']],
    ['Explain how a lock works in 4 steps, for 2 readers.', ['stagnation']],
    ['Explain how every lock works in 3 steps, for 2 readers.', ['stagnation']],
    ['Explain how a lock works, briefly.', ['content_lost']],
    ['Explain in 3 steps, for 2 readers, how a lock and its key are made to fit each other.', []],
    ['Explain in three steps, for two readers, how locks are picked and how that is prevented.', []],
  ] as const)('%s', (evolved, failures) => {
    expect(findFailures(PARENT, evolved, null)).toEqual(failures);
  });
});
