import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KERNEL_OPS, measureKernels } from '../../src/bench/kernels.js';
import { loadAddon, loadBestAddon } from '../../src/engine/native/load-addon.js';
import { busyShare } from '../support/busy-share.js';
import { runCli } from '../support/run-cli.js';

/**
 * How far rounding may carry a kernel from double precision, relative to the values' typical size. f32: 24 bits, sums
 * of up to 8,192 terms. bf16: what is written has 8 bits, so half a unit is 2^-8; attention also rounds its weights so.
 */
const TOLERANCE: Readonly<Record<string, { f32: number; bf16: number }>> = {
  matmul: { f32: 1e-5, bf16: 2e-5 },
  norm: { f32: 2e-6, bf16: 2 ** -8 },
  rope: { f32: 2e-6, bf16: 2 ** -8 },
  attention: { f32: 1e-5, bf16: 2e-2 },
  activation: { f32: 2e-6, bf16: 2 ** -8 },
  cross_entropy: { f32: 2e-6, bf16: 2e-6 },
  // What is computed directly is summed in double precision.
  neighbors: { f32: 1e-12, bf16: 0 },
};

const SHAPES = ['gpt2', 'smollm2-135m', 'qwen2.5-0.5b', 'llama-3.2-1b'];

/** FLOP of a matmul by its size, else the bytes of the limit that a kernel is held to; null where neither says it. */
function workOf({ op, size, limit }: { op: string; size: string; limit: string }): number | null {
  if (op === 'matmul') return 2 * size.match(/\d+(?= x|$)/g)!.reduce((product, length) => product * Number(length), 1);
  const [, vectors, dimension] = op === 'neighbors' ? size.split(/^(\d+) x (\d+)$/).map(Number) : [];
  if (vectors !== undefined && dimension !== undefined) return 2 * vectors ** 2 * dimension;
  const kib = /^(?:copy|read) (\d+) KiB$/.exec(limit)?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

describe('evosift bench kernels', () => {
  it.each(KERNEL_OPS)('%s agrees with double precision on every shape and dtype', { timeout: 120_000 }, async (op) => {
    const { code, stdout, stderr } = await runCli(['bench', 'kernels', '--op', op, '--json', '--quiet']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { kernels, limits } = JSON.parse(stdout);
    const has16 = op !== 'neighbors' && loadAddon().cpu().isa.includes('avx512_bf16');
    const dtypes: ('f32' | 'bf16')[] = has16 ? ['f32', 'bf16'] : ['f32'];
    for (const shape of SHAPES) {
      for (const dtype of dtypes) {
        const rows = kernels.filter((k: { shape: string; dtype: string }) => k.shape === shape && k.dtype === dtype);
        expect(rows.length).toBe({ matmul: 5, attention: 2 }[op as string] ?? 1);
        for (const row of rows) {
          expect(row.op).toBe(op);
          // Rounding to bf16 ends beyond half a unit by what the f32 before it was off.
          expect(row.max_error).toBeLessThanOrEqual(TOLERANCE[op]![dtype] * 1.01);
          const work = workOf(row);
          if (work !== null) expect((row.rate * row.median_us * 1e3) / work).toBeCloseTo(1, 9);
          expect(row.unit).toBe(['matmul', 'attention', 'neighbors'].includes(op) ? 'GFLOP/s' : 'GB/s');
          expect(row.limit_rate).toBe(limits[row.limit]);
        }
      }
    }
  });

  it("counts as attention's work the pairs that the causal mask leaves", { timeout: 120_000 }, async () => {
    const { kernels } = await measureKernels({ op: 'attention' });
    const long = kernels.find((k) => k.shape === 'smollm2-135m' && k.size === '512 tokens' && k.dtype === 'f32');
    // Nine heads of 64: for each of the 512 * 513 / 2 pairs that the mask leaves, q.k and the weighted v.
    const flops = ((9 * (512 * 513)) / 2) * (2 * 64 + 2 * 64);
    expect((long?.rate ?? 0) * (long?.medianUs ?? 0) * 1e3).toBeCloseTo(flops, -3);
  });

  it('leaves the event loop free', { timeout: 120_000 }, async () => {
    expect(await busyShare(() => measureKernels({ op: 'rope' }))).toBeLessThan(0.1);
  });

  it('runs a program, of which nothing is in the addon', () => {
    const { path } = loadBestAddon();
    const knowsShapes = [path, join(dirname(path), 'kernel-bench')].map((file) =>
      readFileSync(file).includes('smollm2-135m'),
    );
    expect(knowsShapes).toEqual([false, true]);
  });

  it('prints a line a kernel for people', { timeout: 120_000 }, async () => {
    const { code, stdout } = await runCli(['bench', 'kernels', '--op', 'norm', '--device', 'cpu']);
    expect(code).toBe(0);
    for (const shape of SHAPES)
      expect(stdout).toMatch(new RegExp(`^norm +${shape.replaceAll('.', '\\.')} .* f32 .*GB/s`, 'm'));
  });

  it.each([
    [['--device', 'cuda:0,1'], 2, 'kernels are measured on one device at a time'],
    [['--device', 'tpu'], 2, 'device is "tpu"; it must be auto, cpu or cuda[:i[,j…]].'],
    [['--op', 'softmax'], 2, 'Allowed choices are matmul'],
  ])('says what is wrong with %s', async (args, expected, message) => {
    const { code, stdout, stderr } = await runCli(['bench', 'kernels', '--quiet', ...args]);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).toBe(expected);
  });
});

describe('evosift bench compare', () => {
  it('prints both values and their ratio, and fails on what it cannot read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evosift-compare-'));
    const write = async (name: string, median_us: number) => {
      const kernel = { op: 'norm', shape: 'gpt2', size: '256 x 768', dtype: 'f32', median_us };
      await writeFile(join(folder, name), JSON.stringify({ kernels: [kernel] }));
    };
    await write('a.json', 64);
    await write('b.json', 96);
    const slower = await runCli(['bench', 'compare', 'a.json', 'b.json'], { cwd: folder });
    expect(slower).toMatchObject({ code: 0, stderr: '' });
    expect(slower.stdout).toMatch(/norm gpt2 256 x 768 f32 +64 +96 +1\.500/);
    const absent = await runCli(['bench', 'compare', 'a.json', 'c.json'], { cwd: folder });
    expect(absent).toMatchObject({ code: 1, stdout: '' });
    expect(absent.stderr).toContain('Cannot read the report c.json');
  });
});
