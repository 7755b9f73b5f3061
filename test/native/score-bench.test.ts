import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDriver } from '../support/cuda-driver.js';
import { fixture } from '../support/fixtures.js';
import { BUILD_TIMEOUT_MS, buildBenchProgram, runNativeProgram } from './native-program.js';

const LLAMA = fixture('goldens', 'tiny', 'llama');

describe('score-bench', () => {
  let program: string;
  let folder: string;

  beforeAll(async () => {
    program = await buildBenchProgram('score-bench');
    folder = mkdtempSync(join(tmpdir(), 'evosift-score-bench-'));
  }, BUILD_TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) => runNativeProgram(program, args);

  it('prints the largest difference from the goldens of a model', async () => {
    const { code, output } = await run('--check', LLAMA);
    const line = JSON.parse(output);
    expect(line).toMatchObject({ model: 'llama', targets: 313, ok: true, device: 'cpu', dtype: 'f32' });
    expect(line.max_difference).toBeGreaterThan(0);
    expect(line.max_difference).toBeLessThanOrEqual(1e-4);
    expect(code).toBe(0);
  });

  it('fails where a loss is off, and goes on to the next model', async () => {
    for (const name of ['a', 'b']) cpSync(LLAMA, join(folder, name), { recursive: true });
    const goldens = join(folder, 'a', 'goldens.jsonl');
    const [first = '', ...others] = readFileSync(goldens, 'utf8').split('\n');
    const { ids, nll } = JSON.parse(first) as { ids: number[]; nll: number[] };
    const off = { ids, nll: nll.map((x, i) => (i === 0 ? x + 0.5 : x)) };
    writeFileSync(goldens, [JSON.stringify(off), ...others].join('\n'));
    const { code, output } = await run('--check', folder);
    const [a, b] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(a).toMatchObject({ model: 'a', ok: false });
    expect(a.max_difference).toBeCloseTo(0.5, 3);
    expect(b).toMatchObject({ model: 'b', ok: true });
    expect(code).toBe(1);
  });

  it('measures throughput on ids', async () => {
    const began = performance.now();
    const { code, output } = await run('--ids', join(LLAMA, 'goldens.jsonl'), '--model', LLAMA, '--repeat', '1');
    const whole = (performance.now() - began) / 1_000;
    const { tokens, seconds, tokens_s } = JSON.parse(output);
    expect(tokens).toBe(319);
    expect(seconds).toBeLessThan(whole);
    expect(tokens_s).toBeGreaterThan(tokens / whole);
    expect(tokens_s).toBeCloseTo(tokens / seconds, 3);
    expect(code).toBe(0);
  });

  it.each([
    [['--check', '/nowhere'], 1, '/nowhere'],
    [['--check', LLAMA, '--device', 'tpu'], 1, '--device is tpu; it must be cpu or cuda[:i]'],
    [['--check'], 2, 'usage: score-bench --check DIR'],
    [['--ids', 'ids.jsonl'], 2, 'usage: score-bench'],
  ])('says what is wrong with %j', async (args, wanted, message) => {
    const { code, output } = await run(...args);
    expect(output).toContain(message);
    expect(code).toBe(wanted);
  });

  it('says in a sentence that there is no GPU', async () => {
    makeDriver(join(folder, 'driver'), { init: 100, version: 13_000 });
    const env = { LD_LIBRARY_PATH: join(folder, 'driver') };
    const { code, output } = await runNativeProgram(program, ['--check', LLAMA, '--device', 'cuda'], env);
    expect(output).toMatch(/^`device: cuda` cannot be used: .*the driver sees no device.*\n$/);
    expect(code).toBe(1);
  });
});
