import { describe, expect, it } from 'vitest';
import type { Conversation, Message } from '../../../src/rows/example.js';
import { messageParts } from '../../../src/rows/message-parts.js';
import { parseMessage } from '../../../src/rows/parse-message.js';
import { parseRow } from '../../../src/rows/parse-row.js';

const F = { name: 'f', arguments: { a: 1 } };
const WRAPPED = { type: 'function', function: F };

const parse = (turn: unknown): Message => parseMessage(turn, 'messages[1]');
const answer = (fields: object): Message => parse({ role: 'assistant', content: 'a', ...fields });

/** What is said by a message: its thought, its text and its calls. */
function said(message: Message) {
  const { field, thought, text, calls } = messageParts(message);
  return {
    reasoning: field?.text ?? (thought && message.content.slice(...thought)),
    text: text && message.content.slice(...text),
    calls,
  };
}

describe('reasoning', () => {
  it.each<[string, object]>([
    ['reasoning_content', { reasoning_content: 't' }],
    ['reasoning', { reasoning: 't' }],
    ['thinking', { thinking: 't' }],
    ['<think>', { content: '<think>\nt\n</think>\n\na' }],
    ['<think> that the prompt opened', { content: 't</think>a' }],
    [
      "Anthropic's parts",
      {
        content: [
          { type: 'thinking', thinking: 't', signature: 's' },
          { type: 'text', text: 'a' },
        ],
      },
    ],
    [
      'parts of the type reasoning',
      {
        content: [
          { type: 'reasoning', text: 't' },
          { type: 'text', text: 'a' },
        ],
      },
    ],
    [
      'parts of the type reasoning_content',
      {
        content: [
          { type: 'reasoning_content', reasoning_content: 't' },
          { type: 'text', text: 'a' },
        ],
      },
    ],
    [
      'parts that are joined',
      {
        content: [
          { type: 'thinking', thinking: 't' },
          { type: 'text', text: 'a' },
          { type: 'thinking', thinking: '' },
        ],
      },
    ],
  ])('is read from %s', (_, fields) => {
    expect(said(answer(fields))).toEqual({ reasoning: 't', text: 'a', calls: [] });
  });

  it('of a field counts, not that of the parts', () => {
    const parts = [
      { type: 'thinking', thinking: 'u' },
      { type: 'text', text: 'a' },
    ];
    expect(said(answer({ content: parts, reasoning: 't' }))).toEqual({ reasoning: 't', text: 'a', calls: [] });
  });

  it('may be all that a message says', () => {
    expect(said(answer({ content: null, reasoning_content: 't' }))).toEqual({ reasoning: 't', text: null, calls: [] });
    expect(said(answer({ content: '<think>t' }))).toEqual({ reasoning: 't', text: null, calls: [] });
  });

  it('that is empty is none', () => {
    expect(said(answer({ content: '<think>\n</think>\na', reasoning_content: ' ' }))).toEqual({
      reasoning: null,
      text: 'a',
      calls: [],
    });
  });
});

describe('tool calls', () => {
  it.each<[string, object, object[]]>([
    ['a list', { tool_calls: [WRAPPED] }, [F]],
    ['a list of several', { tool_calls: [WRAPPED, { function: { name: 'g' } }] }, [F, { name: 'g', arguments: {} }]],
    ['a flat list', { tool_calls: [F] }, [F]],
    ['JSON text', { tool_calls: JSON.stringify([WRAPPED]) }, [F]],
    ['JSON text of one', { tool_calls: JSON.stringify(F) }, [F]],
    ['one object', { tool_calls: WRAPPED }, [F]],
    [
      'calls with arguments as text',
      { tool_calls: [{ name: 'f', arguments: '{"a": 1}' }] },
      [{ name: 'f', arguments: '{"a": 1}' }],
    ],
    ['calls with parameters', { tool_calls: [{ name: 'f', parameters: { a: 1 } }] }, [F]],
    ["OpenAI's older field", { function_call: F }, [F]],
    ["OpenAI's older field as JSON text", { function_call: JSON.stringify(F) }, [F]],
    ['an empty list', { tool_calls: [] }, []],
  ])('are read from %s', (_, fields, calls) => {
    expect(said(answer(fields))).toEqual({ reasoning: null, text: 'a', calls });
  });

  it('leave a content that is null to the template', () => {
    const message = answer({ content: null, tool_calls: [WRAPPED] });
    expect(message).toEqual({ role: 'assistant', content: '', fields: { content: null, tool_calls: [WRAPPED] } });
  });

  it("of OpenAI's older field are given to templates as a list of today's", () => {
    expect(answer({ function_call: F }).fields).toEqual({ tool_calls: [WRAPPED] });
  });

  it.each<[string, unknown, object[]]>([
    ['JSON of one', JSON.stringify(F), [F]],
    ['JSON of a list', JSON.stringify([F, F]), [F, F]],
    ['an object', F, [F]],
    ['a list', [WRAPPED], [F]],
  ])('of a role of their own are read from %s', (_, value, calls) => {
    for (const role of ['function_call', 'tool_call']) {
      const message = parse({ from: role, value });
      expect(message.role).toBe('assistant');
      expect(said(message)).toEqual({ reasoning: null, text: null, calls });
    }
  });

  it('of a role of their own may be any text', () => {
    expect(parse({ from: 'function_call', value: 'f(a=1)' })).toEqual({
      role: 'assistant',
      content: 'f(a=1)',
      callsInText: true,
    });
  });

  it.each<[object, string]>([
    [
      { tool_calls: [WRAPPED, { id: 'x' }] },
      "field 'messages[1].tool_calls[1]' is no tool call: an object with a name",
    ],
    [{ tool_calls: 'f(1)' }, "field 'messages[1].tool_calls' is text that is no valid JSON"],
    [{ tool_calls: '{}' }, "field 'messages[1].tool_calls' is no tool call: an object with a name"],
    [
      { tool_calls: [{ function: { name: 1 } }] },
      "field 'messages[1].tool_calls[0]' is no tool call: an object with a name",
    ],
    [{ function_call: 'auto' }, "field 'messages[1].function_call' is text that is no valid JSON"],
    [{ function_call: '"auto"' }, "field 'messages[1].function_call' is no tool call: an object with a name"],
  ])('that are malformed are named: %j', (fields, detail) => {
    expect(() => answer(fields)).toThrow(expect.objectContaining({ reason: 'malformed_row', message: detail }));
  });
});

describe('results of tools', () => {
  it('keep the names of tool and call', () => {
    expect(parse({ role: 'tool', content: 'r', name: 'f', tool_call_id: '1' })).toEqual({
      role: 'tool',
      content: 'r',
      fields: { name: 'f', tool_call_id: '1' },
    });
  });

  it.each<[unknown, string]>([
    [{ b: 1, a: null }, '{"a":null,"b":1}'],
    [[1, 2], '[1,2]'],
    [[{ temp: 4 }], '[{"temp":4}]'],
  ])('may be data, which templates print in their own way: %j', (content, text) => {
    expect(parse({ role: 'tool', content })).toEqual({ role: 'tool', content: text, fields: { content } });
  });

  it('may be parts of text', () => {
    expect(parse({ role: 'tool', content: [{ type: 'text', text: 'r' }] })).toEqual({ role: 'tool', content: 'r' });
  });

  it('keep the role that templates know them by, but for ShareGPT', () => {
    expect(parse({ role: 'ipython', content: 'r' })).toMatchObject({ role: 'tool', fields: { role: 'ipython' } });
    expect(parse({ from: 'observation', value: 'r' })).toEqual({ role: 'tool', content: 'r' });
  });
});

it('a developer is a system under its own name', () => {
  expect(parse({ role: 'developer', content: 's' })).toEqual({
    role: 'system',
    content: 's',
    fields: { role: 'developer' },
  });
  expect(parse({ role: 'system', content: 's' })).toEqual({ role: 'system', content: 's' });
});

it.each([{ weight: 0 }, { train: false }, { training: false }])('%j makes an answer context', (fields) => {
  expect(answer(fields)).toMatchObject({ context: true });
  expect(parse({ from: 'gpt', value: 'a', ...fields })).toMatchObject({ context: true });
  expect(parse({ role: 'user', content: 'q', ...fields })).not.toHaveProperty('context');
});

it.each([{ weight: 1 }, { weight: 0.5 }, { train: true }, { weight: null }])('%j does not', (fields) => {
  expect(answer(fields)).not.toHaveProperty('context');
});

it('fields that are null, as Arrow writes those of other messages, are none', () => {
  const nothing = { name: null, tool_calls: null, tool_call_id: null, reasoning_content: null, weight: null };
  expect(answer(nothing)).toEqual({ role: 'assistant', content: 'a' });
  expect(parse({ role: 'user', content: 'q', ...nothing })).toEqual({ role: 'user', content: 'q' });
});

it('of a ShareGPT message, fields that no template knows are left out', () => {
  expect(parse({ from: 'gpt', value: 'a', weight: 1, markdown: 'x' }).fields).toEqual({ weight: 1 });
});

it.each<[object, string]>([
  [{ content: [{ type: 'image_url', image_url: {} }] }, "field 'messages[1].content[0]' is a part of type 'image_url'"],
  [
    {
      content: [
        { type: 'text', text: 'a' },
        { type: 'image', image: 'x' },
      ],
    },
    "field 'messages[1].content[1]' is a part of type 'image'",
  ],
  [{ content: [{ image: 'x' }] }, "field 'messages[1].content[0]' is a part without text"],
])('what is no text is named: %j', (fields, detail) => {
  expect(() => answer(fields)).toThrow(expect.objectContaining({ reason: 'non_text_content', message: detail }));
  expect(() => parse({ role: 'user', ...fields })).toThrow(detail);
});

it('a thought that is no text is named', () => {
  expect(() => answer({ content: [{ type: 'thinking', thinking: {} }] })).toThrow(
    "field 'messages[1].content of type 'thinking'' is an object, not text",
  );
});

const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };

function conversation(row: object): Conversation {
  const parsed = parseRow({
    messages: [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'a' },
    ],
    ...row,
  });
  if (!parsed.ok || parsed.example.kind !== 'conversation') throw new Error(JSON.stringify(parsed));
  return parsed.example;
}

describe('tools', () => {
  it.each<[string, unknown]>([
    ['a list', [TOOL]],
    ['JSON text', JSON.stringify([TOOL])],
    ['JSON text with blanks', ` [ ${JSON.stringify(TOOL)} ]\n`],
  ])('are read from %s', (_, tools) => {
    expect(conversation({ tools }).tools).toEqual([TOOL]);
  });

  it.each([null, '', 'You may use a calculator.', '[]', [], ['calculator'], '["calculator"]'])(
    'that are no descriptions are left out: %j',
    (tools) => {
      expect(conversation({ tools })).not.toHaveProperty('tools');
    },
  );

  it('that begin as JSON and are none are named', () => {
    const row = {
      messages: [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'a' },
      ],
      tools: '[{"name": ',
    };
    expect(parseRow(row)).toMatchObject({
      ok: false,
      reason: 'malformed_row',
      detail: "field 'tools' is text that is no valid JSON",
    });
  });
});

describe('a conversation', () => {
  it('without an answer that counts says so', () => {
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'a', weight: 0 },
    ];
    expect(parseRow({ messages })).toMatchObject({
      ok: false,
      reason: 'no_assistant_turn',
      detail: 'every assistant turn has the weight 0, or train: false',
    });
  });

  it('ends with the last answer that counts', () => {
    const [q, a] = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'a' },
    ];
    expect(conversation({ messages: [q, a, q, { ...a, train: false }] }).messages).toHaveLength(2);
    expect(conversation({ messages: [q, { ...a, train: false }, q, a] }).messages).toHaveLength(4);
  });
});

describe('the content hash', () => {
  const hashOf = (fields: object, row: object = {}): string => {
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'a', ...fields },
    ];
    const parsed = parseRow({ messages, ...row });
    if (!parsed.ok) throw new Error(parsed.detail);
    return parsed.hash;
  };

  it('of messages that are roles and texts is of these alone', () => {
    // printf '["conversation",[["user","q"],["assistant","a"]]]' | sha256sum
    expect(hashOf({})).toBe('fc002e1e4e611604001b182ab7f788d4');
    // printf '["conversation",[["user","q"],["assistant","<think>t</think>a"]]]' | sha256sum
    expect(hashOf({ content: '<think>t</think>a' })).toBe('3ca0a9c99d2d09ef3f2264d9ba8ce5e0');
    expect(hashOf({ tool_calls: null, name: null, weight: 1 }, { tools: '' })).toBe(hashOf({}));
  });

  it.each<[string, [object, object?]]>([
    ['reasoning', [{ reasoning: 't' }]],
    ['other reasoning', [{ reasoning: 'u' }]],
    ['calls', [{ tool_calls: [F] }]],
    ['other arguments', [{ tool_calls: [{ name: 'f', arguments: { a: 2 } }] }]],
    ['calls in text', [{ role: 'function_call' }]],
    ['a name', [{ name: 'x' }]],
    ['tools', [{}, { tools: [TOOL] }]],
    ['other tools', [{}, { tools: [{ ...TOOL, strict: true }] }]],
  ])('differs with %s', (_, [fields, row]) => {
    const others = [
      hashOf({}),
      hashOf({ reasoning: 'v' }),
      hashOf({ tool_calls: [{ name: 'g' }] }),
      hashOf({}, { tools: [{ name: 'g' }] }),
    ];
    expect(others).not.toContain(hashOf(fields, row));
  });

  it('differs with the weight of an answer', () => {
    const hashes = [{}, { train: false }].map((fields) => {
      const [q, a] = [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'a' },
      ];
      const parsed = parseRow({ messages: [q, { ...a, ...fields }, q, a] });
      return parsed.ok ? parsed.hash : null;
    });
    expect(hashes).not.toContain(null);
    expect(new Set(hashes).size).toBe(2);
  });

  it.each<[string, [object, object?], [object, object?]]>([
    ['tools as list or as JSON text', [{}, { tools: [TOOL] }], [{}, { tools: JSON.stringify([TOOL]) }]],
    ['keys in another order', [{}, { tools: [{ a: 1, b: 2 }] }], [{}, { tools: [{ b: 2, a: 1 }] }]],
    ['calls as list or as JSON text', [{ tool_calls: [WRAPPED] }], [{ tool_calls: JSON.stringify([WRAPPED]) }]],
    ['calls wrapped or flat', [{ tool_calls: [WRAPPED] }], [{ tool_calls: [F] }]],
    ["OpenAI's older field of a call", [{ tool_calls: [WRAPPED] }], [{ function_call: F }]],
    ['other names of reasoning', [{ reasoning: 't' }], [{ reasoning_content: 't' }]],
    [
      'reasoning as a part',
      [{ reasoning: 't' }],
      [
        {
          content: [
            { type: 'thinking', thinking: 't' },
            { type: 'text', text: 'a' },
          ],
        },
      ],
    ],
  ])('is the same for %s', (_, a, b) => {
    expect(hashOf(...a)).toBe(hashOf(...b));
    expect(hashOf(...a)).not.toBe(hashOf({}));
  });
});

describe("people's ways of writing messages", () => {
  it.each<[string, object, object]>([
    ['a weight as text', { role: 'assistant', content: 'a', weight: '0' }, { context: true }],
    ['train as text', { role: 'assistant', content: 'a', train: 'False' }, { context: true }],
    ['train as a number', { role: 'assistant', content: 'a', train: 0 }, { context: true }],
    ['a role with a value', { role: 'assistant', value: 'a' }, { role: 'assistant', content: 'a' }],
    ['from with content', { from: 'gpt', content: 'a' }, { role: 'assistant', content: 'a' }],
    ["the other form's null fields", { from: null, value: null, role: 'user', content: 'a' }, { role: 'user' }],
    ['calls that are an empty text', { role: 'assistant', content: 'a', tool_calls: '' }, { content: 'a' }],
    ['calls that are null in JSON', { role: 'assistant', content: 'a', tool_calls: 'null' }, { content: 'a' }],
    ['a text part that is null', { role: 'user', content: [{ type: 'text', text: null }, 'a'] }, { content: 'a' }],
  ])('%s', (_, turn, expected) => {
    expect(parse(turn)).toMatchObject(expected);
    expect(messageParts(parse(turn)).calls).toEqual([]);
  });

  it('reasoning that is no text is named', () => {
    expect(() => answer({ reasoning_content: ['a', 'b'] })).toThrow(
      "field 'messages[1].reasoning_content' is an array, not text",
    );
    expect(() => answer({ reasoning: { text: 'a' } })).toThrow("field 'messages[1].reasoning' is an object, not text");
  });

  it('beside a thought in a field, what is written like one is text', () => {
    const both = answer({ content: '<think>first</think>good day', reasoning_content: 'a thought' });
    expect(said(both)).toMatchObject({ reasoning: 'a thought', text: '<think>first</think>good day' });
  });

  it.each<[string, unknown]>([
    ['one object', { name: 'f' }],
    ['JSON of one object', '{"name":"f"}'],
    ['a list of JSON texts', ['{"name":"f"}']],
    ['JSON with an object a line', '{"name":"f"}\n'],
  ])('tools as %s', (_, tools) => {
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'a' },
    ];
    expect(parseRow({ messages, tools })).toMatchObject({ ok: true, example: { tools: [{ name: 'f' }] } });
  });

  it('preference rows with a conversation and two messages that may end it', () => {
    const row = {
      conversations: [{ from: 'human', value: 'q' }],
      chosen: { from: 'gpt', value: 'good' },
      rejected: { from: 'gpt', value: 'bad' },
    };
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'good' },
    ];
    expect(parseRow(row)).toMatchObject({ ok: true, example: { kind: 'conversation', messages } });
  });

  it('messages in a column of instructions', () => {
    const row = { input: [{ role: 'user', content: 'q' }], output: 'a' };
    expect(parseRow(row)).toMatchObject({ ok: true, example: { kind: 'conversation' } });
    expect(parseRow({ input: ['q'], output: 'a' })).toMatchObject({ ok: false, reason: 'malformed_row' });
  });

  it('integers of any size in a call keep their digits', () => {
    const text = '{"name":"f","arguments":{"id":12345678901234567890}}';
    expect(messageParts(parse({ from: 'function_call', value: text })).calls).toEqual([
      { name: 'f', arguments: { id: 12345678901234567890n } },
    ]);
  });
});
