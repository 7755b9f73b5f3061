import { describe, expect, it } from 'vitest';
import { detectLayout, parseColumns } from '../../../src/rows/detect-layout.js';
import type { Exchange, Message, ParsedRow } from '../../../src/rows/example.js';
import { parseRow } from '../../../src/rows/parse-row.js';

type Row = Record<string, unknown>;

const exchange = (fields: Partial<Exchange>): Exchange => ({
  kind: 'exchange',
  instruction: '',
  input: '',
  response: '',
  system: '',
  history: [],
  ...fields,
});

function example(parsed: ParsedRow): unknown {
  return parsed.ok ? parsed.example : `${parsed.reason}: ${parsed.detail}`;
}

const said = (messages: readonly Message[]): string =>
  messages.map(({ role, content }) => `${role}:${content}`).join(' | ');

function dialogue(
  row: Row,
  ...options: Parameters<typeof detectLayout> extends [unknown, ...infer Rest] ? Rest : never
) {
  const parsed = parseRow(row, detectLayout([row], ...options));
  if (!parsed.ok) return `${parsed.reason}: ${parsed.detail}`;
  return parsed.example.kind === 'conversation' ? said(parsed.example.messages) : parsed.example;
}

describe('rows of one exchange', () => {
  it.each<[string, Row, Partial<Exchange>]>([
    ['alpaca', { instruction: 'q', input: 'i', output: 'a' }, { instruction: 'q', input: 'i', response: 'a' }],
    ['alpaca', { instruction: 'q', output: 'a' }, { instruction: 'q', response: 'a' }],
    ['alpaca', { instruction: 'q', input: null, output: '' }, { instruction: 'q' }],
    [
      'alpaca',
      { instruction: 'q', output: 'a', system: 's', history: [['u', 'v']] },
      { instruction: 'q', response: 'a', system: 's', history: [['u', 'v']] },
    ],
    [
      'alpaca',
      { instruction: 'q', output: 'a', history: '[["u","v"]]' },
      { instruction: 'q', response: 'a', history: [['u', 'v']] },
    ],
    [
      'alpaca',
      { instruction: 'q', context: 'i', response: 'a', category: 'c' },
      { instruction: 'q', input: 'i', response: 'a' },
    ],
    ['alpaca', { Question: 'q', Answer: 'a' }, { instruction: 'q', response: 'a' }],
    ['alpaca', { question: 'q', answer: 'a' }, { instruction: 'q', response: 'a' }],
    ['alpaca', { prompt: 'q', response: 'a' }, { instruction: 'q', response: 'a' }],
    ['alpaca', { input: 'q', output: 'a' }, { instruction: 'q', response: 'a' }],
    ['prompt-completion', { prompt: 'q', completion: 'a' }, { instruction: 'q', response: 'a' }],
    ['query-response', { query: 'q', response: 'a', type: 't' }, { instruction: 'q', response: 'a' }],
    ['preference', { prompt: 'q', chosen: 'a', rejected: 'b' }, { instruction: 'q', response: 'a' }],
    // Numbers and truth values are taken as JSON writes them.
    ['alpaca', { instruction: 'q', output: 42 }, { instruction: 'q', response: '42' }],
    ['alpaca', { question: 7, answer: -1.5 }, { instruction: '7', response: '-1.5' }],
    ['alpaca', { instruction: 'q', input: 0.5, output: false }, { instruction: 'q', input: '0.5', response: 'false' }],
    // A list beside a pair is no conversation.
    ['alpaca', { instruction: 'q', output: 'a', data: ['x', 'y'] }, { instruction: 'q', response: 'a' }],
  ])('%s: %j', (format, row, fields) => {
    expect(detectLayout([row]).format).toBe(format);
    expect(example(parseRow(row, detectLayout([row])))).toEqual(exchange(fields));
    expect(example(parseRow(row))).toEqual(exchange(fields));
  });

  it('take the longest integers with all their digits', () => {
    const row = { question: 'q', answer: 12345678901234567890n };
    expect(example(parseRow(row, detectLayout([row])))).toEqual(
      exchange({ instruction: 'q', response: '12345678901234567890' }),
    );
  });

  it('take the rejected answer where asked to', () => {
    const row = { instruction: 'q', input: 'i', chosen: 'a', rejected: 'b' };
    expect(dialogue(row, { answer: 'rejected' })).toEqual(exchange({ instruction: 'q', input: 'i', response: 'b' }));
  });

  it('take the columns that are given', () => {
    const row = {
      id: 7,
      task: 'q',
      input: 'i',
      result: 'a',
      output: 'other',
      messages: [{ role: 'user', content: 'x' }],
    };
    expect(dialogue(row, { columns: parseColumns('instruction=task, output=result') })).toEqual(
      exchange({ instruction: 'q', input: 'i', response: 'a' }),
    );
    expect(dialogue(row, { columns: parseColumns('instruction=task,output=result,input=') })).toEqual(
      exchange({ instruction: 'q', response: 'a' }),
    );
    expect(dialogue({ prompt: 'q', input: 'i', completion: 'a' }, { format: 'alpaca' })).toEqual(
      exchange({ instruction: 'q', input: 'i', response: 'a' }),
    );
  });

  it.each<[Row, string]>([
    [{ instruction: 'q', output: { a: 42 } }, "malformed_row: field 'output' is an object, not text"],
    [{ instruction: 'q', output: ['a'] }, "malformed_row: field 'output' is an array, not text"],
    [{ instruction: null, output: 'a' }, "malformed_row: field 'instruction' is null, not text"],
    [{ instruction: 'q', input: ['i'], output: 'a' }, "malformed_row: field 'input' is an array, not text"],
    [{ instruction: 'q' }, "malformed_row: field 'output' is missing"],
    [
      { instruction: 'q', output: 'a', history: [['u']] },
      "malformed_row: field 'history[0]' is an array, not a pair of texts",
    ],
    [{ instruction: 'q', output: 'a', history: 'u' }, "malformed_row: field 'history' is a string, not a list"],
  ])('of the wrong type say which field: %j', (row, message) => {
    const layout = detectLayout([{ instruction: 'q', input: 'i', output: 'a', history: [] }]);
    expect(example(parseRow(row, layout))).toBe(message);
  });
});

const from = (...turns: [string, unknown][]): Row => ({
  conversations: turns.map(([who, value]) => ({ from: who, value })),
});
const role = (...turns: [string, unknown][]): Row => ({
  messages: turns.map(([who, content]) => ({ role: who, content })),
});

describe('conversations', () => {
  it.each<[string, Row, string]>([
    ['sharegpt', from(['system', 's'], ['human', 'q'], ['gpt', 'a']), 'system:s | user:q | assistant:a'],
    [
      'sharegpt',
      from(['User', 'q'], ['ChatGPT', 'a'], ['observation', 'o'], ['bard', 'b']),
      'user:q | assistant:a | tool:o | assistant:b',
    ],
    [
      'sharegpt',
      from(['gpt', 'hello'], ['human', 'q'], ['gpt', 'a'], ['human', 'bye']),
      'assistant:hello | user:q | assistant:a',
    ],
    ['sharegpt', { ...from(['human', 'q'], ['gpt', 'a']), system: 's' }, 'system:s | user:q | assistant:a'],
    ['messages', role(['user', 'q'], ['model', 'a']), 'user:q | assistant:a'],
    ['messages', role(['developer', 's'], ['user', 7], ['assistant', true]), 'system:s | user:7 | assistant:true'],
    ['sharegpt', from(['human', 'q'], ['ipython', 'o'], ['gpt', 'a']), 'user:q | tool:o | assistant:a'],
    ['messages', { id: '1', data: ['q', 'a', 'r', 'b'] }, 'user:q | assistant:a | user:r | assistant:b'],
    [
      'messages',
      {
        conversation: [
          ['q', 'a'],
          ['r', 'b'],
        ],
      },
      'user:q | assistant:a | user:r | assistant:b',
    ],
    [
      'messages',
      {
        conversations: [
          ['human', 'q'],
          ['gpt', 'a'],
        ],
      },
      'user:q | assistant:a',
    ],
    [
      'messages',
      {
        conversation_id: 'x',
        model: 'm',
        conversation: [
          { content: 'q', role: 'user' },
          { content: 'a', role: 'assistant' },
        ],
      },
      'user:q | assistant:a',
    ],
    ['messages', { ...role(['user', 'q'], ['assistant', 'a']), prompt: 'x', prompt_id: 'p' }, 'user:q | assistant:a'],
    [
      'messages',
      role(
        [
          'user',
          [
            { type: 'text', text: 'q' },
            { type: 'text', text: '1' },
          ],
        ],
        ['assistant', 'a'],
      ),
      'user:q1 | assistant:a',
    ],
    [
      'messages',
      {
        conversations: [
          { role: 'user', content: 'q' },
          { role: 'assistant', content: 'a' },
        ],
      },
      'user:q | assistant:a',
    ],
    [
      'messages',
      { messages: '[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]' },
      'user:q | assistant:a',
    ],
    [
      'prompt-completion',
      { prompt: [{ role: 'user', content: 'q' }], completion: [{ role: 'assistant', content: 'a' }] },
      'user:q | assistant:a',
    ],
    [
      'preference',
      {
        prompt: 'q',
        chosen: [
          { role: 'user', content: 'q' },
          { role: 'assistant', content: 'a' },
        ],
        rejected: [],
      },
      'user:q | assistant:a',
    ],
    [
      'preference',
      { prompt: [{ role: 'user', content: 'q' }], chosen: [{ role: 'assistant', content: 'a' }], rejected: [] },
      'user:q | assistant:a',
    ],
  ])('%s: %j', (format, row, expected) => {
    expect(detectLayout([row]).format).toBe(format);
    expect(dialogue(row)).toBe(expected);
  });

  it.each<[Row, string]>([
    [role(['user', 'q']), 'no_assistant_turn: no assistant turn answers a user turn'],
    [role(['assistant', 'a'], ['user', 'q']), 'no_assistant_turn: no assistant turn answers a user turn'],
    [role(['user', 'q'], ['critic', 'a']), "unknown_role: field 'messages[1].role': unknown role 'critic'"],
    [
      role(['user', [{ type: 'image_url', image_url: {} }]]),
      "non_text_content: field 'messages[0].content[0]' is a part of type 'image_url'",
    ],
    [
      { messages: [{ role: 'assistant', content: null, tool_calls: [] }] },
      "malformed_row: field 'messages[0].content' is null, not text",
    ],
    [from(['human', {}]), "malformed_row: field 'conversations[0].value' is an object, not text"],
    [
      { messages: [{ role: 'user', content: 'q' }, ['x']] },
      "malformed_row: field 'messages[1]' is an array, not an object or a pair of texts",
    ],
    [from(['human', null]), "malformed_row: field 'conversations[0].value' is null, not text"],
  ])('that are wrong say where: %j', (row, message) => {
    expect(dialogue(row)).toBe(message);
  });
});

describe('a layout', () => {
  it('comes from all rows of the sample', () => {
    const { columns } = detectLayout([{ question: 'q' }, { question: 'q', answer: 'a', id: 1 }]);
    expect(columns).toEqual({ instruction: 'question', output: 'answer', id: 'id' });
  });

  it('cannot take an answer of rows that have no preference', () => {
    expect(() => detectLayout([{ instruction: 'q', output: 'a' }], { answer: 'chosen' })).toThrow(
      expect.objectContaining({
        option: 'answer',
        message: "`answer` is for preference rows, with columns chosen and rejected; there are 'instruction', 'output'",
      }),
    );
  });

  it('that makes no sense is an error that lists the columns', () => {
    expect(() => detectLayout([{ text: 'x', label: 1 }])).toThrow(
      "the columns 'text', 'label' are of no known format; say which is which with `columns` instruction=…,output=…",
    );
    expect(() => detectLayout([{ instruction: 'x', output: 'y' }], { format: 'sharegpt' })).toThrow(
      'not those of the format sharegpt',
    );
    expect(() => detectLayout([{ a: 'x' }], { columns: { instruction: 'b' } })).toThrow(
      "`columns` instruction=b: no such column; there are 'a'",
    );
    expect(example(parseRow({ text: 'x' }))).toBe("malformed_row: the row's fields are of no known format: text");
  });

  it('--columns are read or refused', () => {
    expect(parseColumns('instruction=my question,id=n')).toEqual({ instruction: 'my question', id: 'n' });
    expect(() => parseColumns('prompt=x')).toThrow("'prompt' is no field; the fields are instruction, input, output");
    expect(() => parseColumns('x')).toThrow("'x' is no field=column");
    expect(() => parseColumns('id=x,id=y')).toThrow("names 'id' twice");
  });
});

const parse = (row: Row): ParsedRow & { hash?: string } => parseRow(row);
const idOf = (value: unknown): unknown => parse({ id: value, instruction: 'q', output: 1 }).id;

describe('ids and hashes', () => {
  it('ids are kept, the longest integers as text', () => {
    expect([5, 'x', 9007199254740993n, null, {}, NaN].map(idOf)).toEqual([
      5,
      'x',
      '9007199254740993',
      null,
      null,
      null,
    ]);
  });

  it('the hash is of the content, whatever the columns and the rest of the row', () => {
    const hash = parse({ instruction: 'q', input: '', output: 'a', source: 1 }).hash;
    // printf '["exchange","q","","a","",[]]' | sha256sum
    expect(hash).toBe('da3bd802a9fda878bb3af206a28d6b30');
    expect(parse({ question: 'q', answer: 'a' }).hash).toBe(hash);
    expect(parse({ question: 'q', answer: 'a ' }).hash).not.toBe(hash);
    expect(parse({ instruction: 'q', input: 'a', output: '' }).hash).not.toBe(hash);
  });
});
