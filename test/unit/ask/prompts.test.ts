import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadPrompts } from '../../../src/ask/prompts/load-prompts.js';
import type { PromptPack } from '../../../src/ask/prompts/prompt-pack.js';
import type { Prompt } from '../../../src/ask/prompts/prompt.js';
import { PROMPTS } from '../../../src/evolve/evolution-plan.js';

const loadAll = (directory?: string): Promise<PromptPack> => loadPrompts(PROMPTS, directory);

const promptOf = (name: string): Prompt => PROMPTS.find((prompt) => prompt.name === name)!;

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** A pack's folder; `pack` is the object or the very text of pack.json. */
async function packOf(pack: unknown, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evosift-prompts-'));
  folders.push(folder);
  await writeFile(join(folder, 'pack.json'), typeof pack === 'string' ? pack : JSON.stringify(pack));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

const onePrompt = (name: string, entry: object) => ({ version: 1, prompts: { [name]: entry } });

/** A value of every variable that says its name. */
const VALUES: Readonly<Record<string, unknown>> = {
  instruction: 'INSTRUCTION {{ input }} {% if %}',
  input: 'INPUT',
  response: 'RESPONSE',
  method: 'METHOD',
  feedback: 'FEEDBACK',
  trajectories: [
    { instruction: 'START', input: 'BESIDE', stages: [{ instruction: 'HARDER', problem: null }] },
    { instruction: 'ALONE', input: '', stages: [{ instruction: null, problem: 'missing_marker' }] },
  ],
};
const valuesFor = ({ variables }: Prompt, also: object = {}) => ({
  ...Object.fromEntries(variables.map((variable) => [variable, VALUES[variable]])),
  ...also,
});

describe('the built-in pack', () => {
  test.each(PROMPTS)('$name holds everything that it is given, and no template text', async (prompt) => {
    const { messages } = (await loadAll()).render(prompt, valuesFor(prompt));
    expect(messages.map(({ role }) => role)).toEqual(['user']);
    const [{ content } = { content: '' }] = messages;
    for (const variable of prompt.variables) {
      const value = VALUES[variable];
      for (const text of typeof value === 'string' ? [value] : ['START', 'BESIDE', 'HARDER', 'ALONE', 'missing_marker'])
        expect(content).toContain(text);
    }
    expect(content.replace('INSTRUCTION {{ input }} {% if %}', '')).not.toMatch(/\{[{%#]|[%#}]\}|undefined|null/);
    expect(content).toBe(content.trim());
    expect(content).not.toMatch(/\n{3}/);
  });

  test('a prompt speaks of an input only where there is one', async () => {
    const prompts = await loadAll();
    for (const prompt of ['constraints', 'breadth', 'evolve-by-method'].map(promptOf)) {
      const [message] = prompts.render(prompt, valuesFor(prompt, { instruction: 'Sing.', input: '' })).messages;
      expect(message?.content).not.toMatch(/input|these (?:same )?lines/i);
    }
    expect(prompts.render(promptOf('respond'), { instruction: 'Sing.', input: '' }).messages).toEqual([
      { role: 'user', content: 'Sing.' },
    ]);
    expect(prompts.render(promptOf('respond'), { instruction: 'Sort:', input: '3, 1' }).messages).toEqual([
      { role: 'user', content: 'Sort:\n\n3, 1' },
    ]);
  });

  test('a prompt with a marker tells the model to write it', async () => {
    const prompts = await loadAll();
    const marked = PROMPTS.map((prompt) => ({
      name: prompt.name,
      ...prompts.render(prompt, valuesFor(prompt)),
    })).filter(({ marker }) => marker !== null);
    expect(marked.map(({ name }) => name)).toEqual(['evolve-by-method', 'rewrite-method']);
    for (const { messages, marker } of marked) expect(messages.at(-1)?.content).toContain(marker);
  });
});

describe('a pack of one’s own', () => {
  test('replaces the prompts that it has, and the others stay', async () => {
    const folder = await packOf(
      onePrompt('deepening', {
        messages: [
          { role: 'system', file: 'system.jinja' },
          { role: 'user', file: 'deepening.jinja' },
        ],
        marker: '#Deeper#',
      }),
      {
        'system.jinja': '{% if input %}Mind the input.{% endif %}',
        'deepening.jinja': '\nDeepen: {{ instruction }}\n',
      },
    );
    const [own, builtIn] = [await loadAll(folder), await loadAll()];
    expect(own.render(promptOf('deepening'), { instruction: 'Sing.', input: 'la' })).toEqual({
      messages: [
        { role: 'system', content: 'Mind the input.' },
        { role: 'user', content: 'Deepen: Sing.' },
      ],
      marker: '#Deeper#',
    });
    expect(own.render(promptOf('deepening'), { instruction: 'Sing.', input: '' }).messages).toEqual([
      { role: 'user', content: 'Deepen: Sing.' },
    ]);
    const variables = { instruction: 'Sing.', input: '' };
    expect(own.render(promptOf('breadth'), variables)).toEqual(builtIn.render(promptOf('breadth'), variables));
    expect(own.hash).not.toBe(builtIn.hash);
  });

  test('has the same hash wherever it lies, and another one for every change', async () => {
    const entry = { file: 'a.jinja', marker: null };
    const hashOf = async (pack: object, text: string) => (await loadAll(await packOf(pack, { 'a.jinja': text }))).hash;
    const hash = await hashOf(onePrompt('respond', entry), 'Answer {{ instruction }}');
    expect(await hashOf(onePrompt('respond', entry), 'Answer {{ instruction }}')).toBe(hash);
    expect(await hashOf(onePrompt('respond', entry), 'Answer: {{ instruction }}')).not.toBe(hash);
    expect(await hashOf(onePrompt('respond', { ...entry, marker: 'A:' }), 'Answer {{ instruction }}')).not.toBe(hash);
    expect(await hashOf(onePrompt('grade', entry), 'Answer {{ instruction }}')).not.toBe(hash);
  });

  test('may use loops, variables of its own and filters', async () => {
    const folder = await packOf(onePrompt('respond', { file: 'a.jinja' }), {
      'a.jinja':
        '{% set mark = "> " %}{% for line in instruction.split("\\n") if line is defined %}{{ mark ~ line | trim }}{{ loop.index }}{% endfor %}{# note #}',
    });
    const { messages } = (await loadAll(folder)).render(promptOf('respond'), { instruction: 'a\n b', input: '' });
    expect(messages[0]?.content).toBe('> a1> b2');
  });

  test.each([
    ['pack.json that is no JSON', '{"version": 1,', {}, /pack\.json: not valid JSON/],
    ['another version', { version: 2, prompts: {} }, {}, /pack\.json: version: .*1/],
    [
      'a prompt that nobody asks for',
      onePrompt('deepen', { file: 'a.jinja' }),
      {},
      /unknown prompt "deepen"; .*deepening/,
    ],
    ['an unknown field', onePrompt('respond', { file: 'a.jinja', roles: [] }), {}, /prompts\.respond: .*roles/],
    ['neither file nor messages', onePrompt('respond', { marker: null }), {}, /prompts\.respond: needs either/],
    [
      'a file of another folder',
      onePrompt('respond', { file: '../a.jinja' }),
      {},
      /prompts\.respond\.file: .*same folder/,
    ],
    [
      'a marker of signs alone',
      onePrompt('respond', { file: 'a.jinja', marker: '###' }),
      {},
      /marker: must hold a letter/,
    ],
    [
      'an unknown role',
      onePrompt('respond', { messages: [{ role: 'bot', file: 'a.jinja' }] }),
      {},
      /messages\.0\.role/,
    ],
    ['a missing file', onePrompt('respond', { file: 'a.jinja' }), {}, /a\.jinja: there is no such file/],
    [
      'a misspelt variable',
      onePrompt('respond', { file: 'a.jinja' }),
      { 'a.jinja': 'Hi\n{{ instuction }}' },
      /a\.jinja:2: unknown variable instuction; this prompt has instruction, input/,
    ],
    [
      'a variable of another prompt',
      onePrompt('respond', { file: 'a.jinja' }),
      { 'a.jinja': '{% if method %}x{% endif %}' },
      /a\.jinja:1: unknown variable method/,
    ],
    [
      'a variable in an argument',
      onePrompt('respond', { file: 'a.jinja' }),
      { 'a.jinja': '{{ instruction | default(other) }}' },
      /a\.jinja:1: unknown variable other/,
    ],
    [
      'today’s date',
      onePrompt('respond', { file: 'a.jinja' }),
      { 'a.jinja': '{{ strftime_now("%Y") }}' },
      /unknown variable strftime_now/,
    ],
    [
      'a broken expression',
      onePrompt('respond', { file: 'a.jinja' }),
      { 'a.jinja': 'a\nb\n{{ instruction + }}' },
      /a\.jinja:3: the template can't be parsed/,
    ],
    [
      'an unfinished tag',
      onePrompt('respond', { file: 'a.jinja' }),
      { 'a.jinja': 'a\n{{ instruction' },
      /a\.jinja:2: the template can't be parsed/,
    ],
    [
      'a block without its end',
      onePrompt('respond', { file: 'a.jinja' }),
      { 'a.jinja': 'a\n{% if input %}\nx' },
      /a\.jinja:2: the template can't be parsed/,
    ],
    [
      'an end without its block',
      onePrompt('respond', { file: 'a.jinja' }),
      { 'a.jinja': '{% if input %}x{% endif %}\n\n{% endfor %}' },
      /a\.jinja:3: the template can't be parsed/,
    ],
  ])('%s is an error that says where', async (_, pack, files, message) => {
    const folder = await packOf(pack, files);
    await expect(loadAll(folder)).rejects.toMatchObject({
      name: 'EvosiftError',
      message: expect.stringMatching(message),
    });
  });

  test('a folder without pack.json is an error that names it', async () => {
    await expect(loadAll('/nowhere')).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining('pack.json'),
    });
  });

  test('a template that fails on its values names its file', async () => {
    const folder = await packOf(onePrompt('respond', { file: 'a.jinja' }), {
      'a.jinja': '{{ instruction | nosuchfilter }}',
    });
    const prompts = await loadAll(folder);
    expect(() => prompts.render(promptOf('respond'), { instruction: 'x', input: '' })).toThrow(
      /a\.jinja: .*nosuchfilter/,
    );
  });
});

test('rendering takes exactly the prompt’s variables', async () => {
  const prompts = await loadAll();
  expect(() => prompts.render({ name: 'nothing', variables: [], published: {} }, {})).toThrow(
    /Unknown prompt nothing; prompts are constraints/,
  );
  expect(() => prompts.render(promptOf('respond'), { instruction: 'x' })).toThrow(/no value for input/);
  expect(() => prompts.render(promptOf('respond'), { instruction: 'x', input: '', method: '' })).toThrow(
    /unknown variable method/,
  );
});
