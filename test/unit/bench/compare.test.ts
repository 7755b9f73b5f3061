import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { compareReports, comparisonTable, readReport } from '../../../src/bench/compare.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-compare-'));
});

async function reportOf(name: string, content: unknown) {
  const file = join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readReport(file);
}

const kernel = (op: string, shape: string, dtype: string, median_us: unknown) => ({
  op,
  shape,
  size: '256 x 768',
  dtype,
  median_us,
});

it('pairs kernels by op, shape, size and dtype, whatever their order', async () => {
  const a = await reportOf('a.json', {
    kernels: [kernel('norm', 'gpt2', 'f32', 80), kernel('norm', 'gpt2', 'bf16', 40), kernel('rope', 'gpt2', 'f32', 9)],
  });
  const b = await reportOf('b.json', {
    kernels: [
      kernel('norm', 'gpt2', 'bf16', 50),
      kernel('norm', 'llama-3.2-1b', 'f32', 7),
      kernel('norm', 'gpt2', 'f32', 20),
    ],
  });
  expect(compareReports(a, b)).toEqual({
    of: 'median_us',
    figures: [
      { name: 'norm gpt2 256 x 768 f32', a: 80, b: 20, ratio: 0.25 },
      { name: 'norm gpt2 256 x 768 bf16', a: 40, b: 50, ratio: 1.25 },
      { name: 'rope gpt2 256 x 768 f32', a: 9, b: null, ratio: null },
      { name: 'norm llama-3.2-1b 256 x 768 f32', a: null, b: 7, ratio: null },
    ],
  });
});

it('pairs the numbers of throughput reports by field, those inside its objects too, but not the machine', async () => {
  const throughput = { model: 'pocket', tokens_s: 100, ceiling_share: 0, stages: { engine: 2 }, machine: { cores: 2 } };
  const a = await reportOf('a.json', throughput);
  const b = await reportOf('b.json', { ...throughput, tokens_s: 150, ceiling_share: 0.5, stages: { engine: 1 } });
  expect(compareReports(a, b).figures).toEqual([
    { name: 'tokens_s', a: 100, b: 150, ratio: 1.5 },
    { name: 'ceiling_share', a: 0, b: 0.5, ratio: null },
    { name: 'stages.engine', a: 2, b: 1, ratio: 0.5 },
  ]);
});

it('shows the figures in columns, and a dash where there is none', () => {
  const figures = [
    { name: 'norm gpt2', a: 80.125, b: 20, ratio: 0.2496 },
    { name: 'rope', a: 9, b: null, ratio: null },
  ];
  expect(comparisonTable({ of: 'median_us', figures })).toBe(
    [
      'kernel     a, µs  b, µs  b / a', //
      'norm gpt2  80.13     20  0.250',
      'rope           9      -      -',
      '',
    ].join('\n'),
  );
});

it.each([
  ['no JSON', '{"kernels":', 'Cannot read the report'],
  ['another JSON', { name: 'evosift' }, 'is no report of evosift bench'],
  ['a kernel without its time', { kernels: [kernel('norm', 'gpt2', 'f32', 'fast')] }, 'kernels[0] has no number'],
])('refuses %s', async (_, content, message) => {
  await expect(reportOf('a.json', content)).rejects.toMatchObject({
    code: 'bad_data',
    message: expect.stringContaining(message),
  });
});

it('refuses to compare kernels with throughput', async () => {
  const a = await reportOf('a.json', { kernels: [] });
  const b = await reportOf('b.json', { tokens_s: 1 });
  expect(() => compareReports(a, b)).toThrow(`${a.file} is of bench kernels, ${b.file} of bench throughput.`);
  expect(() => compareReports(b, a)).toThrow(`${a.file} is of bench kernels, ${b.file} of bench throughput.`);
});
