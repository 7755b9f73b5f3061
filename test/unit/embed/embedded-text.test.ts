import { expect, it } from 'vitest';
import { embeddedText } from '../../../src/embed/index.js';
import type { Example, Message } from '../../../src/rows/example.js';

const exchange = (instruction: string, input: string): Example => ({
  kind: 'exchange',
  instruction,
  input,
  response: 'an answer',
  system: 'a system prompt',
  history: [['earlier', 'answer']],
});
const conversation = (...messages: readonly (readonly [Message['role'], string])[]): Example => ({
  kind: 'conversation',
  messages: messages.map(([role, content]) => ({ role, content })),
});

it.each([
  ['an instruction', exchange('Add.', ''), 'Add.', 'Add.\n'],
  ['with an input', exchange('Add.', '1, 2'), 'Add.\n1, 2', 'Add.\n1, 2'],
  ['with blanks, which stay', exchange(' Add. ', ' '), ' Add. \n ', ' Add. \n '],
  ['without an instruction', exchange(' \n', '1, 2'), null, null],
  ['a conversation', conversation(['user', 'Add 1, 2.'], ['assistant', '3']), 'Add 1, 2.', 'Add 1, 2.\n'],
  [
    'of several turns, the last question',
    conversation(['system', 's'], ['user', 'First.'], ['assistant', 'a'], ['user', 'Last.'], ['assistant', 'b']),
    'Last.',
    'Last.\n',
  ],
  ['nobody asks', conversation(['system', 's'], ['assistant', 'a']), null, null],
] as const)('%s', (_, example, plain, published) => {
  expect(embeddedText(example, 'plain')).toBe(plain);
  expect(embeddedText(example, 'published')).toBe(published);
});
