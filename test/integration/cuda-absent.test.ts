import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchAddon } from '../../src/engine/native/load-addon.js';
import { makeDriver, type Driver } from '../support/cuda-driver.js';
import { runCli } from '../support/run-cli.js';

// What a machine says that CUDA cannot be used on. Which machine it is, the driver's library says: a real shared library,
// found as the dynamic linker finds NVIDIA's, that answers as theirs does there.

let folder: string;

const MACHINES: Readonly<Record<string, Driver>> = {
  none: { init: 100, version: 13_000 },
  mismatch: { init: 803, version: 13_000 },
  old: { version: 12_040 },
  small: { version: 13_000, capability: [7, 5] },
  good: { version: 13_000 },
};

/** The environment of such a machine, without the libraries that this one may have. */
const machine = (name: string, more: Readonly<Record<string, string>> = {}) => ({
  env: {
    LD_LIBRARY_PATH: join(folder, name),
    EVOSIFT_CUDA_LIBRARY: join(folder, 'libevosift_cuda.so'),
    EVOSIFT_CUBLASLT: join(folder, 'libcublasLt.so.13'),
    ...more,
  },
});

const doctor = async (name: string, more?: Readonly<Record<string, string>>) => {
  const { stdout } = await runCli(['doctor', '--json'], machine(name, more));
  const { checks } = JSON.parse(stdout) as {
    checks: { name: string; status: string; detail: string; mend: unknown }[];
  };
  return checks.filter(({ name: check }) => /cuda|cublaslt/.test(check));
};

const SCORE = ['nll', '-m', 'pocket', '--ids', '-', '--quiet'];
const IDS = { input: '{"ids":[5,6,7]}\n' };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evosift-cuda-'));
  for (const [name, what] of Object.entries(MACHINES)) makeDriver(join(folder, name), what);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a machine without CUDA', () => {
  it.each([
    ['none', 'absent', 'the driver sees no device', null],
    [
      'old',
      'missing',
      'the NVIDIA driver runs CUDA 12.4, and 13.0 is needed (driver 580 or newer)',
      /nvidia-driver-580/,
    ],
    ['small', 'absent', 'no GPU has compute capability 8.0 or more (0: Test GPU, 81920 MiB, 132 multiprocessors', null],
  ])('%s: doctor says why, and --device cuda fails with it', async (name, status, detail, mend) => {
    const [check, ...others] = await doctor(name);
    expect(check).toMatchObject({ name: 'cuda driver', status, detail: expect.stringContaining(detail) });
    expect(check?.mend).toEqual(mend === null ? null : expect.stringMatching(mend));
    expect(others).toEqual([]);
    const failed = await runCli([...SCORE, '--device', 'cuda:0,1'], { ...machine(name), ...IDS });
    expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(detail) });
  });

  it('repeats what the driver says of itself', async () => {
    const [check] = await doctor('mismatch');
    expect(check?.detail).toContain('cuInit fails: system has unsupported display driver');
  });

  it('names the CUDA library that is not built, and the command that builds it', async () => {
    const [device, library, ...others] = await doctor('good');
    expect(device).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('CUDA 13.0; 0: Test GPU, 81920 MiB'),
    });
    expect(library).toEqual({
      name: 'cuda library',
      status: 'missing',
      detail: `the CUDA kernels are not built: there is no ${join(folder, 'libevosift_cuda.so')}`,
      mend: 'npx evosift doctor --build --cuda',
    });
    expect(others).toEqual([]);
    const failed = await runCli([...SCORE, '--device', 'cuda'], { ...machine('good'), ...IDS });
    expect(failed.stderr).toMatch(
      /the CUDA kernels are not built: .*\nMend it with: npx evosift doctor --build --cuda/,
    );
    expect(failed.code).toBe(1);
  });

  it('refuses a CUDA library of another version', async () => {
    const other = join(folder, 'other.so');
    writeFileSync(
      `${other}.c`,
      'struct { const char *a; void *b; } e = {"other"}; void *evosift_cuda_library(void) { return &e; }',
    );
    execFileSync('gcc', ['-shared', '-fPIC', '-o', other, `${other}.c`]);
    const [, library] = await doctor('good', { EVOSIFT_CUDA_LIBRARY: other });
    expect(library).toMatchObject({
      status: 'missing',
      detail: expect.stringContaining(`${other} is of another version`),
    });
  });

  it('takes the CPU with --device auto', async () => {
    const scored = await runCli([...SCORE, '--device', 'auto'], { ...machine('old'), ...IDS });
    expect(scored).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\{"nll":\[[\d.]+,[\d.]+\]\}\n$/) });
  });

  it('measures no kernels of a device', async () => {
    const failed = await runCli(['bench', 'kernels', '--device', 'cuda', '--quiet'], machine('none'));
    expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('the driver sees no device') });
  });
});

describe('the addon', () => {
  it('depends on no library of CUDA', () => {
    const search = searchAddon();
    if (!search.found) throw new Error(search.fault);
    const dynamic = execFileSync('readelf', ['-d', search.path], { encoding: 'utf8' });
    expect(dynamic).toContain('libdnnl');
    expect(dynamic).not.toMatch(/NEEDED.*(cuda|cublas)/i);
  });
});
