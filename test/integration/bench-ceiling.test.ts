import { describe, expect, it } from 'vitest';
import { measureCeiling } from '../../src/bench/ceiling.js';
import { loadAddon } from '../../src/engine/native/load-addon.js';
import { runCli } from '../support/run-cli.js';

const MATMULS = [
  { name: 'qkv', out: 96, in: 64, count: 2, perTarget: false },
  { name: 'head', out: 200, in: 64, count: 1, perTarget: true },
];

describe('the ceiling', () => {
  it('is measured for each of the matrices', async () => {
    const options = { dtype: 'f32', threads: 2, devices: [], seconds: 0.002 } as const;
    const rates = await measureCeiling(loadAddon(), MATMULS, options);
    expect(rates.map(({ name, out, in: inner }) => [name, out, inner])).toEqual([
      ['qkv', 96, 64],
      ['head', 200, 64],
    ]);
    for (const { gflops, rows, form } of rates) {
      expect(gflops).toBeGreaterThan(0);
      expect([32, 64, 128, 256, 512, 1024]).toContain(rows);
      expect(['thread', 'openmp']).toContain(form);
    }
  });

  it('of a device that is not there says what is missing', async () => {
    const options = { dtype: 'f32', threads: 2, devices: [99], seconds: 0.002 } as const;
    await expect(measureCeiling(loadAddon(), MATMULS, options)).rejects.toMatchObject({ code: 'unsupported_device' });
  });
});

it('bench throughput measures the pipeline alone', async () => {
  const { code, stdout } = await runCli([
    'bench',
    'throughput',
    '-m',
    'idle',
    '--data',
    'bench/data/gsm8k-60.jsonl',
    '--json',
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    model: 'idle',
    rows: 60,
    ceilings: [],
    ceiling_share: null,
    idle_share: null,
  });
});
