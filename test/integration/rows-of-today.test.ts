import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.js';
import { readJsonLines } from '../support/scored-rows.js';
import { POCKET } from '../support/text-fixtures.js';

const TEMPLATE = `{%- for m in messages -%}
<|im_start|>{{ m.role }}
{% if m.role == 'assistant' and enable_thinking is not false %}<think>
{{ m.reasoning_content | default('') }}
</think>

{% endif %}{{ m.content or '' }}
{%- for call in m.tool_calls or [] %}<call>{{ call.function | tojson }}</call>{% endfor %}<|im_end|>
{% endfor %}`;

const QUESTION = { role: 'user', content: 'What is 17 times 3?' };
const CALL = { function: { name: 'multiply', arguments: { a: 17, b: 3 } } };

/** Rows of several shapes, as people's files mix them. */
const ROWS: readonly object[] = [
  { messages: [QUESTION, { role: 'assistant', content: 'It is 51.', reasoning: '17*3 = 51' }] },
  { messages: [QUESTION, { role: 'assistant', content: null, tool_calls: [CALL] }], tools: [{ name: 'multiply' }] },
  { messages: [{ role: 'system', content: 'Be brief.' }, QUESTION, { role: 'assistant', content: 'It is 51.' }] },
  {
    conversations: [
      { from: 'human', value: 'What is 17 times 3?' },
      { from: 'gpt', value: 'It is 51.' },
    ],
  },
  { instruction: 'What is 2 plus 2?', output: 4 },
  { instruction: 'How does a turn end?', output: 'It ends with <|im_end|>, always.' },
  { instruction: 'Name them.', output: ['an', 'array'] },
];

type Line = Readonly<Record<string, unknown>>;

describe('rows of today', { timeout: 60_000 }, () => {
  let folder: string;
  let data: string;
  let model: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'evosift-today-'));
    data = join(folder, 'rows.jsonl');
    writeFileSync(data, ROWS.map((row) => `${JSON.stringify(row)}\n`).join(''));
    model = join(folder, 'model');
    cpSync(POCKET, model, { recursive: true });
    writeFileSync(join(model, 'chat_template.jinja'), TEMPLATE);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const score = (run: string, ...options: string[]) =>
    runCli(['score', data, '-m', model, '-o', join(folder, run), ...options]);
  const linesOf = (run: string): Line[] => readJsonLines<Line>(join(folder, run, 'scores.jsonl'));
  const jsonOf = (run: string, file: string): Line => JSON.parse(readFileSync(join(folder, run, file), 'utf8'));

  it('are scored as published where they can be, with what is left out counted', async () => {
    const { code, stdout } = await score('paper');
    expect(code).toBe(0);
    expect(linesOf('paper').map(({ reason }) => reason)).toEqual([
      null,
      'tool_calls',
      null,
      null,
      'response_too_short',
      null,
      'malformed_row',
    ]);
    expect(jsonOf('paper', 'summary.json')).toMatchObject({
      formats: { messages: 3, sharegpt: 1, alpaca: 3 },
      ignored: { system: 1, tools: 1 },
      special_tokens_in_text: 1,
    });
    expect(stdout).toMatch(/^rows by format: alpaca 3, messages 3, sharegpt 1$/m);
    expect(stdout).toMatch(/^rows with parts that this recipe ignores: system 1, tools 1$/m);
    expect(stdout).toMatch(/^rows with special tokens in their own text: 1 \(see --special-tokens\)$/m);
    expect(stdout).toMatch(/^answers of one token, .*: 1; the recipe aligned scores them$/m);
    const log = readFileSync(join(folder, 'paper', 'log.jsonl'), 'utf8');
    expect(log).toContain('aligned --template chat');
    expect(log).toContain("field 'output' is an array, not text");
  });

  it("are scored in the model's own template, part by part", async () => {
    expect((await score('chat', '-r', 'aligned', '--template', 'chat')).code).toBe(0);
    const lines = linesOf('chat');
    expect(lines.map(({ reason }) => reason)).toEqual([null, null, null, null, null, null, 'malformed_row']);
    const [reasoned, called, plain] = lines;
    expect(reasoned).toMatchObject({ reasoning: 'include', loss_calls: null, tokens_calls: 0 });
    expect(Number(reasoned!['tokens_reasoning']) + Number(reasoned!['tokens_text'])).toBe(reasoned!['tokens_a']);
    expect(called).toMatchObject({ loss_reasoning: null, loss_text: null, tokens_calls: called!['tokens_a'] });
    expect(plain).not.toHaveProperty('reasoning');
    expect(lines[4]!['tokens_a']).toBe(1);
    expect(jsonOf('chat', 'manifest.json')['identity']).toMatchObject({
      reasoning: 'include',
      special_tokens: 'control',
      template_kwargs: null,
    });

    expect((await score('text', '-r', 'aligned', '--template', 'chat', '--reasoning', 'exclude')).code).toBe(0);
    const [excluded] = linesOf('text');
    expect(excluded).toMatchObject({ reasoning: 'exclude', loss_a_given_q: reasoned!['loss_text'] });
    expect(excluded!['loss_reasoning']).toBe(reasoned!['loss_reasoning']);

    const kwargs = '{"enable_thinking":false}';
    const refused = await score('chat', '-r', 'aligned', '--template', 'chat', '--template-kwargs', kwargs);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('template_kwargs is null there') });
    expect((await score('off', '-r', 'aligned', '--template', 'chat', '--template-kwargs', kwargs)).code).toBe(0);
    const reasons = linesOf('off').map(({ reason }) => reason);
    expect([reasons[0], ...new Set(reasons.slice(1, -1))]).toEqual(['template_rewrites', null]);
  });

  it('are written by rank as they came', async () => {
    const best = join(folder, 'best.jsonl');
    expect((await runCli(['rank', join(folder, 'chat'), '-o', best])).code).toBe(0);
    const written = readJsonLines<Line>(best).map(({ evosift: _evosift, ...row }) => JSON.stringify(row));
    expect(written.sort()).toEqual(
      ROWS.slice(0, -1)
        .map((row) => JSON.stringify(row))
        .sort(),
    );
  });

  it.each([
    [['--template-kwargs', '{"a":1}'], "--template-kwargs are for the model's chat template: add --template chat"],
    [
      ['--template-kwargs', 'thinking', '-r', 'aligned', '--template', 'chat'],
      '--template-kwargs must be a JSON object',
    ],
  ])('are refused with %j', async (options, message) => {
    expect(await score('refused', ...options)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});
