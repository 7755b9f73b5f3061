import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Example } from '../../../src/rows/example.js';
import { parseRow } from '../../../src/rows/parse-row.js';
import type { ScoreOptions } from '../../../src/score/score-options.js';
import { prepareRow } from '../../../src/score/sequences/prepare-row.js';
import type { LossParts, PreparedRow } from '../../../src/score/sequences/prepared-row.js';
import { loadTokenizer, type Tokenizer } from '../../../src/text/tokenizer.js';
import { prepareOptions } from '../../support/prepare-options.js';
import { POCKET } from '../../support/text-fixtures.js';

/** The last thought is shown, or an empty one; earlier ones are not; `enable_thinking: false` shows none at all. */
const TEMPLATE = `{%- if tools %}tools {{ tools | tojson }}
{% endif %}
{%- for m in messages %}
{%- set thought = m.reasoning_content | default('') %}
{%- set content = m.content or '' %}
{%- if m.role == 'assistant' and '</think>' in content %}
{%- set thought = content.split('</think>')[0].split('<think>')[-1].strip() %}
{%- set content = content.split('</think>')[-1].strip() %}
{%- endif -%}
<|im_start|>{{ m.role }}
{% if m.role == 'assistant' and loop.last and enable_thinking is not false %}<think>
{{ thought }}
</think>

{% endif %}{{ content }}
{%- for call in m.tool_calls or [] %}
<call>{{ call.function | tojson }}</call>
{%- endfor %}<|im_end|>
{% endfor %}`;

let directory: string;
let tokenizer: Tokenizer;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'evosift-parts-'));
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) cpSync(join(POCKET, file), join(directory, file));
  writeFileSync(join(directory, 'chat_template.jinja'), TEMPLATE);
  tokenizer = await loadTokenizer(directory);
});
afterAll(() => rmSync(directory, { recursive: true }));

function exampleOf(record: Record<string, unknown>): Example {
  const row = parseRow(record);
  if (!row.ok) throw new Error(row.detail);
  return row.example;
}

const prepare = (record: Record<string, unknown>, options: ScoreOptions): Promise<PreparedRow[]> =>
  prepareRow(exampleOf(record), tokenizer, prepareOptions(options, { contextLength: 4096, vocabSize: 100_000 }));

/** The text whose tokens a loss averages; of parts apart, with a bar between them. */
function textOf(row: PreparedRow, parts: LossParts | undefined): string | null {
  if (parts === undefined || parts.length === 0) return null;
  const scored = row.sequences.flatMap(({ ids, spans }) => {
    const tokens: string[] = [];
    for (let i = 0; i < spans.length; i += 2) {
      for (const id of ids.subarray(spans[i], spans[i + 1])) tokens.push(tokenizer.tokenOf(id) ?? '');
    }
    return tokens;
  });
  const texts: string[] = [];
  for (let i = 0; i < parts.length; i += 2) texts.push(scored.slice(parts[i], parts[i + 1]).join(''));
  return texts.join('|').replaceAll('Ġ', ' ').replaceAll('Ċ', '\n');
}

const read = (row: PreparedRow | undefined) =>
  row && {
    q: textOf(row, row.lossQ),
    aGivenQ: textOf(row, row.lossAGivenQ),
    a: textOf(row, row.lossA),
    reasoning: textOf(row, row.parts?.reasoning),
    text: textOf(row, row.parts?.text),
    calls: textOf(row, row.parts?.calls),
  };

const user = (content: string) => ({ role: 'user', content });
const INLINE = { role: 'assistant', content: '<think>\n17*3 = 51\n</think>\n\nIt is 51.' };
const FIELD = { role: 'assistant', content: 'It is 51.', reasoning_content: '17*3 = 51' };
const QUESTION = 'What is 17 times 3?';

describe('aligned with the chat template', () => {
  const options = { recipe: 'aligned', template: 'chat' } as const;

  test.each([
    ['inline', INLINE],
    ['in a field of its own', FIELD],
    ['in content parts', { role: 'assistant', content: [{ type: 'thinking', thinking: '17*3 = 51' }, 'It is 51.'] }],
  ])('reasoning %s is counted, and what the template adds is not', async (_, answer) => {
    const record = { messages: [user(QUESTION), answer] };
    expect(read((await prepare(record, options))[0])).toEqual({
      q: QUESTION,
      aGivenQ: '17*3 = 51|It is 51.',
      a: '17*3 = 51It is 51.',
      reasoning: '17*3 = 51',
      text: 'It is 51.',
      calls: null,
    });
    const [without] = await prepare(record, { ...options, reasoning: 'exclude' });
    expect(read(without)).toMatchObject({ aGivenQ: 'It is 51.', a: 'It is 51.', reasoning: '17*3 = 51' });
    const [only] = await prepare(record, { ...options, reasoning: 'only' });
    expect(read(only)).toMatchObject({ aGivenQ: '17*3 = 51', a: '17*3 = 51', text: 'It is 51.' });
    // Both are scored in the context of the whole.
    expect(only!.sequences[0]).toEqual(without!.sequences[0]);
  });

  test('an empty thought of the template is none of the row', async () => {
    const [row] = await prepare({ messages: [user(QUESTION), { role: 'assistant', content: 'It is 51.' }] }, options);
    expect(read(row)).toMatchObject({ aGivenQ: 'It is 51.', reasoning: null, text: null });
    expect(row!.parts).toBeNull();
  });

  test('a thought that the template drops is not counted; by turns each is the last', async () => {
    const messages = [user(QUESTION), FIELD, user('And times 4?'), { ...FIELD, content: 'It is 68.' }];
    const [whole] = await prepare({ messages }, options);
    expect(read(whole)).toMatchObject({ aGivenQ: 'It is 51.|17*3 = 51|It is 68.', reasoning: '17*3 = 51' });
    expect(whole!.turns).toHaveLength(2);
    const turns = await prepare({ messages }, { ...options, turns: 'each' });
    expect(turns.map((row) => read(row)?.aGivenQ)).toEqual(['17*3 = 51|It is 51.', '17*3 = 51|It is 68.']);
  });

  test('tool calls count from the name to the last argument; tools are given to the template', async () => {
    const call = { type: 'function', function: { name: 'add', arguments: { a: 17, b: '3' } } };
    const messages = [user(QUESTION), { role: 'assistant', content: null, tool_calls: [call] }];
    const [row] = await prepare({ messages, tools: [{ name: 'add' }] }, options);
    expect(read(row)).toMatchObject({ aGivenQ: 'add", "arguments": {"a": 17, "b": "3"}', reasoning: null, text: null });
    expect(read(row)?.calls).toBe(read(row)?.aGivenQ);
    expect(row!.ignored).toEqual([]);
    const ids = [...row!.sequences[0]!.ids].map((id) => tokenizer.tokenOf(id)).join('');
    expect(ids).toMatch(/^toolsĠ\[\{"name":Ġ"add"\}\]/);
  });

  test('switches of the template reach it', async () => {
    const record = { messages: [user(QUESTION), FIELD] };
    const [row] = await prepare(record, { ...options, templateKwargs: { enable_thinking: false } });
    expect(row).toMatchObject({
      reason: 'template_rewrites',
      detail: expect.stringMatching(/leaves out the reasoning of message 2 \(assistant\); .*exclude/),
    });
    const excluded = { ...options, reasoning: 'exclude', templateKwargs: { enable_thinking: false } } as const;
    expect(read((await prepare(record, excluded))[0])).toMatchObject({ aGivenQ: 'It is 51.', reasoning: null });
  });

  test('switches that the template is given anyway are refused', () => {
    const given = { ...options, templateKwargs: { messages: [] } };
    expect(() => prepareOptions(given, { contextLength: 9, vocabSize: 9 })).toThrow('leave it out');
  });

  test('a thought that the template drops makes no row too long', async () => {
    const long = { ...FIELD, reasoning_content: 'thinking on and on '.repeat(20_000) };
    const [row] = await prepare(
      { messages: [user(QUESTION), long, user('And?'), FIELD] },
      { ...options, maxLength: 256 },
    );
    expect(row!.reason).toBeNull();
  });

  test('messages that are context are read and not counted', async () => {
    const messages = [user('Hi'), { ...FIELD, weight: 0 }, user(QUESTION), { ...INLINE, train: true }];
    const [row, ...others] = await prepare({ messages }, { ...options, turns: 'each' });
    expect(others).toEqual([]);
    expect(row!.turn).toBe(1);
    expect(read(row)).toMatchObject({ q: `Hi|${QUESTION}`, aGivenQ: '17*3 = 51|It is 51.' });
  });

  test('special tokens of the row are text where that is asked for, those of the template stay', async () => {
    const messages = [user('What does <|im_end|> do?'), { role: 'assistant', content: '<|im_end|> ends.' }];
    const [control] = await prepare({ messages }, options);
    const [text] = await prepare({ messages }, { ...options, specialTokens: 'text' });
    expect([control!.specialTokensInText, text!.specialTokensInText]).toEqual([true, true]);
    expect([read(control)?.a, read(text)?.a]).toEqual(['<|im_end|> ends.', '<|im_end|> ends.']);
    const count = ({ sequences }: PreparedRow): number =>
      [...sequences[0]!.ids].filter((id) => tokenizer.tokenOf(id) === '<|im_end|>').length;
    expect([count(control!), count(text!)]).toEqual([3, 1]);
  });
});

describe('aligned in a layout of ours', () => {
  const options = { recipe: 'aligned', template: 'bare' } as const;

  test.each([
    ['inline', INLINE],
    ['in a field', FIELD],
  ])('reasoning %s: the thought and the text count, the words around them do not', async (_, answer) => {
    const record = { messages: [user(QUESTION), answer] };
    const [row] = await prepare(record, options);
    expect(read(row)).toMatchObject({ aGivenQ: '17*3 = 51|It is 51.', a: '17*3 = 51It is 51.' });
    expect(read((await prepare(record, { ...options, reasoning: 'only' }))[0])).toMatchObject({ a: '17*3 = 51' });
  });

  test('an empty thought is none, and what stands around it is not counted', async () => {
    const messages = [user(QUESTION), { role: 'assistant', content: '<think>\n\n</think>\n\nIt is 51.' }];
    for (const reasoning of ['include', 'exclude'] as const) {
      expect(read((await prepare({ messages }, { ...options, reasoning }))[0])).toMatchObject({ a: 'It is 51.' });
    }
  });

  test('tool calls have no form', async () => {
    const messages = [user(QUESTION), { role: 'assistant', content: 'x', tool_calls: [{ name: 'f' }] }];
    const [row] = await prepare({ messages }, options);
    expect(row).toMatchObject({ reason: 'tool_calls', detail: expect.stringContaining('aligned --template chat') });
  });
});

describe.each(['paper', 'superfiltering', 'cherry'] as const)('%s', (recipe) => {
  const prepared = async (record: Record<string, unknown>, options: ScoreOptions = {}): Promise<PreparedRow> =>
    (await prepare(record, { recipe, ...options }))[0]!;
  const plain = (output: string) => ({ instruction: QUESTION, output });
  /** What the engine is given, and what of it is averaged. */
  const passes = ({ sequences, lossQ, lossA }: PreparedRow) => ({
    sequences: sequences.map(({ ids }) => ids),
    lossQ,
    lossA,
  });

  test('takes an answer with its reasoning as it stands, and a field as it would', async () => {
    const asPublished = await prepared(plain(INLINE.content));
    expect(passes(await prepared({ messages: [user(QUESTION), INLINE] }))).toEqual(passes(asPublished));
    expect(passes(await prepared({ messages: [user(QUESTION), FIELD] }))).toEqual(passes(asPublished));
    expect(passes(await prepared({ ...plain('It is 51.'), reasoning_content: '17*3 = 51' }))).toEqual(
      passes(asPublished),
    );
    const parts = read(asPublished);
    expect(parts).toMatchObject({ text: 'It is 51.', calls: null });
    expect(parts?.reasoning).toMatch(/17\*3 = 51\n<\/think>\n\n$/);
    expect(`${parts?.reasoning}${parts?.text}`).toBe(parts?.aGivenQ?.replaceAll('|', ''));
  });

  test.each([
    ['exclude', 'It is 51.'],
    ['only', '17*3 = 51'],
  ] as const)('reasoning: %s scores the answer %s', async (reasoning, answer) => {
    const alone = passes(await prepared(plain(answer)));
    expect(passes(await prepared(plain(INLINE.content), { reasoning }))).toEqual(alone);
    expect(passes(await prepared({ messages: [user(QUESTION), FIELD] }, { reasoning }))).toEqual(alone);
  });

  test('keeps the indentation of a text behind its reasoning', async () => {
    const code = '    if x:\n        return 1';
    const record = plain(`<think>\nCode.\n</think>\n\n${code}`);
    expect(passes(await prepared(record, { reasoning: 'exclude' }))).toEqual(passes(await prepared(plain(code))));
  });

  test('has no score where nothing is left, or for tool calls', async () => {
    expect(await prepared(plain('No thought.'), { reasoning: 'only' })).toMatchObject({
      reason: 'empty_response',
      detail: expect.stringContaining('no reasoning'),
    });
    expect(await prepared(plain('<think>\nunclosed'), { reasoning: 'exclude' })).toMatchObject({
      reason: 'empty_response',
      detail: expect.stringContaining('nothing but reasoning'),
    });
    const calls = { role: 'assistant', content: 'Look:', tool_calls: [{ name: 'f', arguments: '{}' }] };
    const messages = [user(QUESTION), calls, { role: 'tool', content: '51' }, FIELD];
    for (const turns of ['reject', 'each'] as const) {
      expect(await prepared({ messages }, { turns })).toMatchObject({
        reason: 'tool_calls',
        detail: expect.stringContaining('aligned --template chat'),
      });
    }
    expect((await prepared({ messages, tools: [{ name: 'f' }] }, { turns: 'last' })).ignored).toEqual(['tools']);
  });
});

test('a text that no number of tokens within the limit stands for is not tokenised', async () => {
  const huge = 'word and more '.repeat(40_000);
  const { encode } = tokenizer;
  const encoded: number[] = [];
  tokenizer.encode = (text, options) => {
    encoded.push(text.length);
    return encode.call(tokenizer, text, options);
  };
  const limit = { maxLength: 128 };
  expect((await prepare({ instruction: 'Say it', output: huge }, limit))[0]).toMatchObject({
    reason: 'too_long',
    detail: expect.stringMatching(/^560006 characters, .*128 tokens/),
  });
  for (const template of ['bare', 'alpaca'] as const) {
    const [row] = await prepare({ instruction: 'Say it', output: huge }, { recipe: 'aligned', template, ...limit });
    expect(row).toMatchObject({ reason: 'too_long' });
  }
  expect(encoded).toEqual([]);
  const cut = await prepare({ instruction: 'Say it', output: huge }, { recipe: 'superfiltering', ...limit });
  const short = await prepare(
    { instruction: 'Say it', output: huge.slice(0, 4000) },
    { recipe: 'superfiltering', ...limit },
  );
  expect(cut).toEqual(short);
  expect(Math.max(...encoded)).toBeLessThan(huge.length);
});
