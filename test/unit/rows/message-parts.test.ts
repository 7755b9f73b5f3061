import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/rows/example.js';
import { hasCalls, messageParts, splitThought, toolCall } from '../../../src/rows/message-parts.js';

describe('a thought at the head of a content', () => {
  it.each<[string, string, { thought: string | null; text: string | null; behind: string }]>([
    ['is split off', '<think>t</think>a', { thought: 't', text: 'a', behind: 'a' }],
    ['is without the blanks around it', ' <think>\n t \n</think>\n\na\n', { thought: 't', text: 'a', behind: 'a\n' }],
    [
      'leaves the text its indentation',
      '<think>t</think>\n\n    if x:\n',
      { thought: 't', text: 'if x:', behind: '    if x:\n' },
    ],
    ['loses the blanks of its line', '<think>t</think> a', { thought: 't', text: 'a', behind: 'a' }],
    ['goes on to the end where it is not closed', '<think>\nt ', { thought: 't', text: null, behind: '' }],
    ['may have been opened by the prompt', 't\n</think>\na', { thought: 't', text: 'a', behind: 'a' }],
    ['may be empty', '<think>\n\n</think>\n\na', { thought: null, text: 'a', behind: 'a' }],
    ['may be empty and opened by the prompt', '</think>a', { thought: null, text: 'a', behind: 'a' }],
    ['may be all', '<think>t</think>\n', { thought: 't', text: null, behind: '' }],
    [
      'ends at the first close',
      '<think>t</think>a</think>b',
      { thought: 't', text: 'a</think>b', behind: 'a</think>b' },
    ],
    ['may be opened twice', '<think><think>t</think>a', { thought: '<think>t', text: 'a', behind: 'a' }],
    [
      'is none behind words',
      'a <think>t</think> b',
      { thought: null, text: 'a <think>t</think> b', behind: 'a <think>t</think> b' },
    ],
    [
      'is none where only opened behind words',
      'a <think>t',
      { thought: null, text: 'a <think>t', behind: 'a <think>t' },
    ],
    ['is none in a text without marks', ' a ', { thought: null, text: 'a', behind: ' a ' }],
    ['is none in blanks', ' \n', { thought: null, text: null, behind: ' \n' }],
  ])('%s', (_, content, { thought, text, behind }) => {
    const split = splitThought(content);
    expect({
      thought: split.thought && content.slice(...split.thought),
      text: split.text && content.slice(...split.text),
      behind: content.slice(split.behind),
    }).toEqual({ thought, text, behind });
  });
});

describe('the parts of a message', () => {
  const assistant = (content: string, fields: Message['fields'] = {}): Message => ({
    role: 'assistant',
    content,
    fields,
  });

  it('hold a thought of a field under its own name, in the order of the chat templates', () => {
    expect(messageParts(assistant('a', { reasoning: 't' })).field).toEqual({ name: 'reasoning', text: 't' });
    expect(messageParts(assistant('a', { thinking: 't', reasoning: 'u' })).field).toEqual({
      name: 'thinking',
      text: 't',
    });
    expect(messageParts(assistant('a', { reasoning_content: ' ', reasoning: 'u' })).field).toEqual({
      name: 'reasoning',
      text: 'u',
    });
  });

  it('are a text alone for any but the assistant', () => {
    for (const role of ['user', 'system', 'tool'] as const) {
      expect(
        messageParts({ role, content: ' <think>t</think>', fields: { reasoning: 't', tool_calls: [{ name: 'f' }] } }),
      ).toEqual({
        field: null,
        thought: null,
        text: [1, 17],
        calls: [],
      });
    }
  });

  it('are calls alone where the content is a text of calls', () => {
    const message: Message = { role: 'assistant', content: '<think>t</think>f()', callsInText: true };
    expect(messageParts(message)).toEqual({ field: null, thought: null, text: null, calls: [] });
    expect(hasCalls(message)).toBe(true);
  });

  it('are calls, wrapped or flat', () => {
    const calls = [
      { id: '1', type: 'function', function: { name: 'f', arguments: { a: 1 } } },
      { name: 'g', parameters: '{}' },
      { name: 'h' },
    ];
    const message = assistant('', { tool_calls: calls });
    expect(messageParts(message).calls).toEqual([
      { name: 'f', arguments: { a: 1 } },
      { name: 'g', arguments: '{}' },
      { name: 'h', arguments: {} },
    ]);
    expect([hasCalls(message), hasCalls(assistant('a')), hasCalls(assistant('a', { tool_calls: [] }))]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

it.each([null, 'f', [], {}, { name: 1 }, { function: { arguments: {} } }, { function: 'f' }])(
  '%j is no tool call',
  (value) => expect(toolCall(value)).toBeNull(),
);
