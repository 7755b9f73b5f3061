import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDriver } from '../support/cuda-driver.js';
import { runCli } from '../support/run-cli.js';

// What `npm run build:cuda` built, on a machine that needs no GPU.
const LIBRARY = join(import.meta.dirname, '../../build/Release/libevosift_cuda.so');

/** The functions of cuBLASLt that the library asks for. */
const CUBLASLT = [
  'Create',
  'Destroy',
  'MatmulDescCreate',
  'MatmulDescDestroy',
  'MatmulDescSetAttribute',
  'MatrixLayoutCreate',
  'MatrixLayoutDestroy',
  'MatmulPreferenceCreate',
  'MatmulPreferenceDestroy',
  'MatmulPreferenceSetAttribute',
  'MatmulAlgoGetHeuristic',
  'Matmul',
];

describe('libevosift_cuda.so', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'evosift-cuda-library-'));
    makeDriver(join(folder, 'driver'), { version: 13_000 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A libcublasLt of version 13.0.2 with these functions. */
  function makeCublasLt(path: string, functions: readonly string[]): string {
    mkdirSync(dirname(path), { recursive: true });
    const source = functions.map((name) => `int cublasLt${name}(void) { return 1; }\n`).join('');
    writeFileSync(`${path}.c`, `unsigned long cublasLtGetVersion(void) { return 130002; }\n${source}`);
    execFileSync('gcc', ['-shared', '-fPIC', '-o', path, `${path}.c`]);
    return path;
  }

  /** What doctor says of cuBLASLt where the environment is this one, on a machine whose GPU is fine. */
  async function cublasLtCheck(env: Readonly<Record<string, string>>) {
    const nowhere = { HOME: folder, CUDA_HOME: join(folder, 'no-cuda'), VIRTUAL_ENV: '', CONDA_PREFIX: '' };
    const machine = { LD_LIBRARY_PATH: join(folder, 'driver'), EVOSIFT_CUDA_LIBRARY: LIBRARY };
    const { stdout } = await runCli(['doctor', '--json'], { env: { ...nowhere, ...machine, ...env } });
    const { checks } = JSON.parse(stdout) as { checks: readonly { name: string; status: string; detail: string }[] };
    expect(checks.find(({ name }) => name === 'cuda library')).toMatchObject({ status: 'ok', detail: LIBRARY });
    return checks.find(({ name }) => name === 'cublaslt');
  }

  it('depends on no driver, no cudart and no cuBLAS, and exports one symbol', () => {
    const dynamic = execFileSync('readelf', ['-d', LIBRARY], { encoding: 'utf8' });
    expect(dynamic).toContain('libstdc++');
    expect(dynamic).not.toMatch(/NEEDED.*(cuda|cublas)/i);
    const symbols = execFileSync('nm', ['-D', '--defined-only', LIBRARY], { encoding: 'utf8' });
    expect(symbols.trim().split('\n')).toEqual([expect.stringMatching(/ T evosift_cuda_library$/)]);
  });

  it('measures kernels in a program of its own, which needs no more and says in a line that there is no GPU', () => {
    const program = join(dirname(LIBRARY), 'cuda-kernel-bench');
    expect(execFileSync('readelf', ['-d', program], { encoding: 'utf8' })).not.toMatch(/NEEDED.*(cuda|cublas)/i);
    const measured = [LIBRARY, program].map((file) => readFileSync(file).includes('naive'));
    expect(measured).toEqual([false, true]);
    const { status, stdout } = spawnSync(program, ['norm', '0'], {
      encoding: 'utf8',
      env: { ...process.env, CUDA_VISIBLE_DEVICES: '' },
    });
    expect(JSON.parse(stdout)).toEqual({ code: expect.any(String), message: expect.stringMatching(/device|driver/) });
    expect(status).toBe(1);
  });

  it('looks for cuBLASLt where it is named, and nowhere else', async () => {
    const named = join(folder, 'named.so');
    expect(await cublasLtCheck({ EVOSIFT_CUBLASLT: named })).toEqual({
      name: 'cublaslt',
      status: 'missing',
      detail: `cuBLASLt is not found (${named}: cannot open shared object file: No such file or directory)`,
      mend: 'pip install nvidia-cublas',
    });
  });

  it('names every place that it has looked in', async () => {
    const check = await cublasLtCheck({});
    // Where this machine has one for everybody, it is found.
    if (check?.status === 'ok') return;
    for (const place of ['libcublasLt.so.13: cannot open', 'libcublasLt.so.12: cannot open', 'no-cuda/lib64: has none'])
      expect(check?.detail).toContain(place);
  });

  it('finds it in CUDA_HOME, and in a Python environment by wheel of either kind', async () => {
    const home = makeCublasLt(join(folder, 'cuda/lib64/libcublasLt.so.12'), CUBLASLT);
    expect(await cublasLtCheck({ CUDA_HOME: join(folder, 'cuda') })).toMatchObject({
      status: 'ok',
      detail: `${home}, 13.0.2`,
    });
    for (const wheel of ['cu13/lib/libcublasLt.so.13', 'cublas/lib/libcublasLt.so.12']) {
      const venv = mkdtempSync(join(folder, 'venv-'));
      const path = makeCublasLt(join(venv, 'lib/python3.12/site-packages/nvidia', wheel), CUBLASLT);
      expect(await cublasLtCheck({ VIRTUAL_ENV: venv })).toMatchObject({ status: 'ok', detail: `${path}, 13.0.2` });
    }
  });

  it('goes on from one that lacks a function, and says which', async () => {
    const cuda = join(folder, 'half');
    makeCublasLt(join(cuda, 'lib64/libcublasLt.so.13'), CUBLASLT.slice(0, -1));
    const check = await cublasLtCheck({ CUDA_HOME: cuda });
    expect(check?.detail).toContain('libcublasLt.so.13: has no cublasLtMatmul');
  });
});
