import { Template } from '@huggingface/jinja';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { rank } from '../../src/rank/rank.js';
import type { RankOptions } from '../../src/rank/options.js';
import { newFolder, plainRows, runOver, scored, textLines } from './rank-fixture.js';

const FIELDS = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/trainer-fields.json'), 'utf8')) as Record<
  string,
  { version: string; fields: string[]; dataset?: string[] }
>;

const weather = (content: string | null) => ({
  role: 'assistant',
  content,
  tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } }],
});
const sunny = { role: 'tool', tool_call_id: 'c1', content: 'sunny' };
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }];
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string, fields: object = {}) => ({ role: 'assistant', content, ...fields });

const CONVERSATIONS = [
  // 0: several answers, a system message, a thought in a field of its own.
  {
    messages: [
      { role: 'system', content: 'Be brief.' },
      user('2+2?'),
      assistant('4'),
      user('3+3?'),
      assistant('6', { reasoning_content: 'Add.' }),
    ],
  },
  // 1: a call of a tool.
  { messages: [user('Bern?'), weather(null), sunny, assistant('It is sunny.')], tools },
  // 2: words beside the call.
  { messages: [user('Bern?'), weather('Let me see.'), sunny, assistant('It is sunny.')], tools },
  // 3: an answer that is context.
  { messages: [user('One.'), assistant('Old.', { weight: 0 }), user('Two.'), assistant('New.')] },
  // 4: two questions in a row.
  { messages: [user('One.'), user('Two.'), assistant('Both.')] },
];
const conversations = await runOver(
  'data.jsonl',
  CONVERSATIONS.map((row) => `${JSON.stringify(row)}\n`).join(''),
  CONVERSATIONS.map((_, index) => scored(index, { icIfd: -index })),
  { identity: { format: 'messages', columns: { messages: 'messages' }, recipe: 'aligned' } },
);
const alpaca = await runOver(
  'data.jsonl',
  [
    { instruction: 'Sum up.', input: 'A long text.', output: 'Short.' },
    { instruction: 'Go on.', input: '', output: 'Going.', system: 'Be kind.', history: [['Hi', 'Hello']] },
  ]
    .map((row) => `${JSON.stringify(row)}\n`)
    .join(''),
  [scored(0, { icIfd: 2 }), scored(1, { icIfd: 1 })],
  {
    identity: {
      columns: { instruction: 'instruction', input: 'input', output: 'output', system: 'system', history: 'history' },
    },
  },
);

async function exported(run: string, options: Partial<RankOptions> & Pick<RankOptions, 'export'>) {
  const folder = join(newFolder(), 'out');
  const { exported: summary } = await rank({ run, out: folder, baseModel: 'some/model', ...options });
  return {
    folder,
    summary,
    lines: textLines(join(folder, 'train.jsonl')).map((line): unknown => JSON.parse(line)),
    settings: parse(readFileSync(join(folder, 'train.yaml'), 'utf8')) as Record<string, unknown>,
  };
}

const thought = '<think>\nAdd.\n</think>\n\n6';

describe('the rows of an export', () => {
  it('for TRL are prompts with completions, a line for each answer that is learnt', async () => {
    const { lines, summary } = await exported(conversations.run, { export: 'trl' });
    const calls = [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: { city: 'Bern' } } }];
    const called = { role: 'assistant', content: '', tool_calls: calls };
    const system = { role: 'system', content: 'Be brief.' };
    expect(lines.slice(0, 4)).toEqual([
      { prompt: [system, user('2+2?')], completion: [assistant('4')] },
      { prompt: [system, user('2+2?'), assistant('4'), user('3+3?')], completion: [assistant(thought)] },
      { prompt: [user('Bern?')], completion: [called], tools: JSON.stringify(tools) },
      { prompt: [user('Bern?'), called, sunny], completion: [assistant('It is sunny.')], tools: JSON.stringify(tools) },
    ]);
    expect(lines.slice(6)).toEqual([
      { prompt: [user('One.'), assistant('Old.'), user('Two.')], completion: [assistant('New.')] },
      { prompt: [user('One.'), user('Two.')], completion: [assistant('Both.')] },
    ]);
    expect(summary).toMatchObject({ rows: 5, lines: 8, leftOut: {}, command: 'trl sft --config train.yaml' });
  });

  it('for Axolotl are messages, each with whether it is learnt', async () => {
    const { lines } = await exported(conversations.run, { export: 'axolotl' });
    expect(lines).toHaveLength(5);
    const called = [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } }];
    expect(lines[1]).toEqual({
      messages: [
        { ...user('Bern?'), train: false },
        { role: 'assistant', content: '', tool_calls: called, train: true },
        { ...sunny, train: false },
        { ...assistant('It is sunny.'), train: true },
      ],
      tools: JSON.stringify(tools),
    });
    expect(lines[3]).toMatchObject({ messages: [{}, { content: 'Old.', train: false }, {}, { train: true }] });
  });

  it('for LLaMA-Factory take turns; rows that it has no form for are named, not dropped in silence', async () => {
    const { lines, summary, folder } = await exported(conversations.run, { export: 'llamafactory' });
    expect(lines).toEqual([
      {
        messages: [user('2+2?'), assistant('4'), user('3+3?'), assistant(thought)],
        system: 'Be brief.',
        tools: '',
      },
      {
        messages: [
          user('Bern?'),
          { role: 'function_call', content: '[{"name":"weather","arguments":{"city":"Bern"}}]' },
          { role: 'observation', content: 'sunny' },
          assistant('It is sunny.'),
        ],
        system: '',
        tools: JSON.stringify(tools),
      },
    ]);
    expect(summary?.leftOut).toEqual({ text_beside_tool_calls: 1, context_answers: 1, turn_order: 1 });
    expect(textLines(join(folder, 'left_out.jsonl')).map((line): unknown => JSON.parse(line))).toEqual([
      { index: 2, id: null, hash: 'hash-2', reason: 'text_beside_tool_calls' },
      { index: 3, id: null, hash: 'hash-3', reason: 'context_answers' },
      { index: 4, id: null, hash: 'hash-4', reason: 'turn_order' },
    ]);
  });

  it('of Alpaca rows join instruction and input by a newline, with system and history before them', async () => {
    const { lines } = await exported(alpaca.run, { export: 'llamafactory' });
    expect(lines).toEqual([
      { messages: [user('Sum up.\nA long text.'), assistant('Short.')], system: '', tools: '' },
      {
        messages: [user('Hi'), assistant('Hello'), user('Go on.'), assistant('Going.')],
        system: 'Be kind.',
        tools: '',
      },
    ]);
  });

  it('are the selected ones, best first', async () => {
    const { lines } = await exported(alpaca.run, { export: 'trl', top: 1, ascending: true });
    // Its history holds an answer, too.
    expect(lines).toMatchObject([{ completion: [assistant('Hello')] }, { completion: [assistant('Going.')] }]);
  });
});

describe('the settings of an export', () => {
  it.each(['llamafactory', 'trl', 'axolotl'] as const)('for %s are fields that it knows', async (trainer) => {
    for (const exportPreset of ['published', 'lora'] as const) {
      for (const exportTemplate of ['model', 'alpaca'] as const) {
        const { settings } = await exported(alpaca.run, { export: trainer, exportPreset, exportTemplate });
        const { fields, dataset = [] } = FIELDS[trainer]!;
        expect(fields).toEqual(expect.arrayContaining(Object.keys(settings)));
        const [set] = Array.isArray(settings['datasets']) ? (settings['datasets'] as object[]) : [{}];
        expect(dataset).toEqual(expect.arrayContaining(Object.keys(set ?? {})));
      }
    }
  });

  // The paper's: learning rate 2e-5, 3 epochs, cosine, warm-up 0.03, cutoff 2,048.
  it('are the published ones in each trainer’s words', async () => {
    const said = async (trainer: 'llamafactory' | 'trl' | 'axolotl', names: readonly string[]): Promise<unknown[]> => {
      const { settings } = await exported(alpaca.run, { export: trainer });
      return names.map((name) => settings[name]);
    };
    const published = ['some/model', 2e-5, 3, 'cosine', 0.03, 2048];
    const hf = ['model_name_or_path', 'learning_rate', 'num_train_epochs', 'lr_scheduler_type'];
    expect(await said('llamafactory', [...hf, 'warmup_ratio', 'cutoff_len'])).toEqual(published);
    expect(await said('trl', [...hf, 'warmup_steps', 'max_length'])).toEqual(published);
    expect(
      await said('axolotl', [
        'base_model',
        'learning_rate',
        'num_epochs',
        'lr_scheduler',
        'warmup_ratio',
        'sequence_len',
      ]),
    ).toEqual(published);
  });

  it('describe the rows to LLaMA-Factory', async () => {
    const { folder, settings } = await exported(alpaca.run, { export: 'llamafactory', exportTemplate: 'alpaca' });
    const info = JSON.parse(readFileSync(join(folder, 'dataset_info.json'), 'utf8')) as Record<string, unknown>;
    expect(info[String(settings['dataset'])]).toMatchObject({ file_name: 'train.jsonl', formatting: 'sharegpt' });
    expect(settings).toMatchObject({ dataset_dir: '.', template: 'alpaca' });
    expect(readdirSync(folder).sort()).toEqual(['dataset_info.json', 'train.jsonl', 'train.yaml']);
  });
});

describe('an export', () => {
  it('in the frame of Alpaca refuses what it has no place for', async () => {
    const { summary, folder } = await exported(conversations.run, { export: 'trl', exportTemplate: 'alpaca' });
    expect(summary).toMatchObject({ rows: 3, leftOut: { tools_in_alpaca_template: 2 } });
    expect(readdirSync(folder).sort()).toEqual(['chat_template.jinja', 'left_out.jsonl', 'train.jsonl', 'train.yaml']);
  });

  it('takes an empty folder, and no other', async () => {
    const folder = newFolder();
    const options = { run: alpaca.run, export: 'trl', baseModel: 'm' } as const;
    await rank({ ...options, out: folder });
    await expect(rank({ ...options, out: folder })).rejects.toMatchObject({
      code: 'bad_argument',
      message: `rank: ${folder} is not empty; \`export\` writes a folder of its own: name a new one`,
    });
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    await expect(rank({ ...options, out: file })).rejects.toThrow(`${file} is a file`);
  });

  it('leaves nothing behind where no row has a form', async () => {
    const parent = newFolder();
    mkdirSync(parent, { recursive: true });
    const options = { run: conversations.run, out: join(parent, 'x'), export: 'llamafactory', baseModel: 'm' } as const;
    await expect(rank({ ...options, where: 'index > 2' })).rejects.toMatchObject({
      code: 'bad_data',
      message: 'rank: no selected row can be given to LLaMA-Factory 0.9.5 (context_answers 1, turn_order 1)',
    });
    expect(readdirSync(parent)).toEqual([]);
  });

  it('of turns that were ranked one by one is refused', async () => {
    const { run } = await runOver('data.jsonl', plainRows(1), [scored(0, { turn: 0 })], {
      identity: { turns: 'each' },
    });
    await expect(rank({ run, out: join(newFolder(), 'x'), export: 'trl', baseModel: 'm' })).rejects.toThrow(
      '`export` writes whole rows, and this run ranks the turns of rows one by one',
    );
  });

  it.each(['trl', 'axolotl', 'llamafactory'] as const)(
    'for %s of rows that were scored by their last turn teaches that one',
    async (trainer) => {
      const messages = [user('2+2?'), assistant('4'), user('3+3?'), assistant('6')];
      const { run } = await runOver('data.jsonl', `${JSON.stringify({ messages })}\n`, [scored(0, { turn: 1 })], {
        identity: { format: 'messages', columns: { messages: 'messages' }, turns: 'last' },
      });
      const { lines, settings } = await exported(run, { export: trainer });
      expect(lines).toHaveLength(1);
      expect(FIELDS[trainer]?.fields).toEqual(expect.arrayContaining(Object.keys(settings)));
      if (trainer === 'trl') expect(lines[0]).toEqual({ prompt: messages.slice(0, 3), completion: [messages[3]] });
      else if (trainer === 'llamafactory') {
        expect(lines[0]).toMatchObject({ messages });
        expect(settings).toMatchObject({ mask_history: true });
      } else {
        expect(lines[0]).toEqual({ messages: messages.map((message, at) => ({ ...message, train: at === 3 })) });
      }
    },
  );

  it("in the frame of Alpaca ends a row's own system message with a blank line", async () => {
    const options = { exportTemplate: 'alpaca', top: 1, ascending: true } as const;
    const { lines } = await exported(alpaca.run, { export: 'llamafactory', ...options });
    expect(lines).toMatchObject([{ system: 'Be kind.\n\n' }]);
    const { folder } = await exported(alpaca.run, { export: 'trl', ...options });
    const template = new Template(readFileSync(join(folder, 'chat_template.jinja'), 'utf8'));
    const messages = [{ role: 'system', content: 'Be kind.' }, user('Go on.'), assistant('Going.')];
    expect(template.render({ messages, bos_token: '<s>', eos_token: '</s>' })).toBe(
      '<s>Be kind.\n\n### Instruction:\nGo on.\n\n### Response:\nGoing.</s>',
    );
  });

  it.each([
    [{ export: 'trl', out: 'x' }, /^rank: `export` needs `baseModel`/],
    [{ export: 'trl', baseModel: 'm' }, /^rank: `export` writes a folder, so `out` must name one/],
    [{ export: 'unsloth', out: 'x' }, /^rank: `export` must be one of llamafactory, trl, axolotl, not "unsloth"$/],
    [{ exportPreset: 'lora' }, /^rank: `exportPreset` belongs to `export`/],
    [{ baseModel: 'm' }, /^rank: `baseModel` belongs to `export`/],
  ] as const)('%j is refused', async (options, message) => {
    await expect(rank({ run: alpaca.run, ...(options as object) })).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringMatching(message) as string,
    });
  });
});
