import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { LOSS_TOLERANCE } from '../support/published-goldens.js';
import { runCli } from '../support/run-cli.js';
import { fixture } from '../support/fixtures.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-cli-'));
});

interface Golden {
  readonly text: string;
  readonly ids: readonly number[];
  readonly nll: readonly number[];
  readonly top1: readonly number[];
  readonly entropy: readonly number[];
}

const goldens = async (): Promise<Golden[]> =>
  (await readFile(fixture('goldens/pocket/text.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const parsed = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [position, value] of actual.entries())
    expect(Math.abs(value - expected[position]!)).toBeLessThan(tolerance);
}

describe('evosift nll', () => {
  it('gives the ids, losses, top-1 probabilities and entropies of texts that HF transformers gives', async () => {
    const expected = await goldens();
    const file = join(folder, 'text.jsonl');
    await writeFile(file, expected.map(({ text }) => `${JSON.stringify({ text })}\n`).join(''));
    const { code, stdout } = await runCli(['nll', '-m', 'pocket', '--dtype', 'f32', '--stats', '--text', file]);
    expect(code).toBe(0);
    const actual = parsed(stdout);
    expect(actual).toHaveLength(expected.length);
    for (const [number, golden] of expected.entries()) {
      expect(actual[number].ids).toEqual(golden.ids);
      // The worst token in any order of sums; parity-pocket.test.ts holds their root mean square, too.
      expectClose(actual[number].nll, golden.nll, 2 * LOSS_TOLERANCE);
      expectClose(actual[number].top1, golden.top1, 1e-4);
      expectClose(actual[number].entropy, golden.entropy, 1e-3);
    }
  });

  it.each([
    ['native', join(import.meta.dirname, '../../models/pocket')],
    ['onnx', fixture('goldens/onnx/llama-past')],
  ])(
    '%s: asks for no tokenizer where it is given ids, and says that there is none where text is',
    async (engine, from) => {
      for (const name of ['config.json', 'model.safetensors', 'model.onnx'])
        if (existsSync(join(from, name))) await copyFile(join(from, name), join(folder, name));
      const [ids, text] = [join(folder, 'ids.jsonl'), join(folder, 'text.jsonl')];
      await writeFile(ids, '{"ids":[5,6,7]}\n');
      await writeFile(text, '{"text":"Hello there"}\n');
      const given = await runCli(['nll', '-m', folder, '--engine', engine, '--ids', ids]);
      expect(given).toMatchObject({ code: 0, stderr: '' });
      const whole = await runCli(['nll', '-m', from, '--engine', engine, '--ids', ids]);
      expect(given.stdout).toBe(whole.stdout);
      const missing = `${folder} has no tokenizer.json; a model needs its tokenizer beside it`;
      const refused = { code: 1, stdout: '', stderr: expect.stringContaining(missing) as unknown };
      expect(await runCli(['nll', '-m', folder, '--engine', engine, '--text', text])).toMatchObject(refused);
      const run = join(folder, 'run');
      const rows = fixture('rows/gsm8k-test.jsonl');
      expect(await runCli(['score', rows, '-m', folder, '--engine', engine, '-o', run])).toMatchObject(refused);
      expect(existsSync(run)).toBe(false);
    },
  );

  it('gives the losses of ids, and a reason in its place for each bad line', async () => {
    const [golden] = await goldens();
    const lines = [
      `{"ids":${JSON.stringify(golden!.ids)}}`,
      '{"ids":[5]}',
      'nonsense',
      '{"ids":[5,99999]}',
      '{"text":"a"}',
    ];
    const { code, stdout } = await runCli(['nll', '-m', 'pocket', '--dtype', 'f32', '--ids', '-'], {
      input: `${lines.join('\n')}\n`,
    });
    expect(code).toBe(1);
    const [first, short, ...bad] = parsed(stdout);
    expectClose(first.nll, golden!.nll, 1e-4);
    expect(short).toEqual({ nll: [] });
    expect(bad.map(({ nll, reason }) => [nll, typeof reason])).toEqual([
      [null, 'string'],
      [null, 'string'],
      [null, 'string'],
    ]);
  });

  it('scores only the text where there is a prompt', async () => {
    const input = `${JSON.stringify({ text: 'The dog. The cat' })}\n${JSON.stringify({ prompt: 'The dog.', text: ' The cat' })}\n`;
    const { stdout } = await runCli(['nll', '-m', 'pocket', '--dtype', 'f32', '--text', '-'], { input });
    const [whole, prompted] = parsed(stdout);
    expect(prompted.ids).toEqual(whole.ids);
    expect(prompted.nll.length).toBeLessThan(whole.nll.length);
    expect(prompted.nll).toEqual(whole.nll.slice(-prompted.nll.length));
  });

  it('ends quietly when its reader has seen enough', async () => {
    const [golden] = await goldens();
    const file = join(folder, 'many.jsonl');
    await writeFile(file, `${JSON.stringify({ text: golden!.text })}\n`.repeat(20_000));
    const bin = resolve(import.meta.dirname, '../../bin/evosift.js');
    const command = `"${process.execPath}" "${bin}" nll -m pocket --quiet --text "${file}" | head -n 1`;
    const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    await once(child, 'close');
    expect(stderr).toBe('');
  });
});
