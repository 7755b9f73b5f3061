import { execFileSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageFile } from '../../src/base/package-file.js';
import { describeMachine } from '../../src/machine/machine.js';
import { readManifest } from '../../src/runs/index.js';
import { runCli } from '../support/run-cli.js';

const GSM8K = packageFile('package.json').replace(/package\.json$/, 'bench/data/gsm8k-60.jsonl');

/** What each name leaves, from the least to the most: kernels, what oneDNN calls its own, and the precision that `auto` is. */
const SETS = [
  { name: 'avx2', isa: 'avx2', onednn: /gemm:jit$|avx2$/, dtype: 'f32' },
  { name: 'AVX512', isa: 'avx512', onednn: /avx512_core$/, dtype: 'f32' },
  { name: 'avx512_bf16', isa: 'avx512_bf16', onednn: /avx512_core_bf16$/, dtype: 'bf16' },
] as const;

describe('EVOSIFT_MAX_ISA', { timeout: 60_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evosift-isa-'));
  });

  for (const { name, isa, onednn, dtype } of SETS) {
    const isHere = describeMachine().isa.includes(isa);
    it.skipIf(!isHere)(`${name} holds the engine and oneDNN down to it`, async () => {
      const env = { EVOSIFT_MAX_ISA: name };
      const out = join(folder, name);
      expect((await runCli(['score', GSM8K, '-m', 'pocket', '--limit', '3', '-o', out], { env })).code).toBe(0);
      const { identity } = await readManifest(out);
      expect(identity.matmul).toMatch(onednn);
      expect(identity.dtype).toBe(dtype);
      const { stdout } = await runCli(['doctor'], { env });
      expect(stdout).toMatch(new RegExp(`kernels for (?:\\w+, )*${isa}\n`));
    });
  }

  it.skipIf(!describeMachine().isa.includes('avx512'))(
    'is an error where somebody else used oneDNN first',
    async () => {
      const library = join(folder, 'first.so');
      const source =
        'int dnnl_get_effective_cpu_isa(void);\n__attribute__((constructor)) void use(void) { dnnl_get_effective_cpu_isa(); }\n';
      await writeFile(`${library}.c`, source);
      execFileSync('gcc', ['-shared', '-fPIC', '-o', library, `${library}.c`, '-Wl,--no-as-needed', '-ldnnl']);
      const score = (env: Readonly<Record<string, string>>, out: string) =>
        runCli(['score', GSM8K, '-m', 'pocket', '--limit', '3', '-o', join(folder, out)], { env });
      expect((await score({ LD_PRELOAD: library }, 'beside')).code).toBe(0);
      expect(await score({ LD_PRELOAD: library, EVOSIFT_MAX_ISA: 'avx2' }, 'held')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('oneDNN was used before its instruction set was settled') as string,
      });
    },
  );

  it('that names no set is an error that says which there are, and doctor says how it is mended', async () => {
    const env = { EVOSIFT_MAX_ISA: 'sse4' };
    const said = 'EVOSIFT_MAX_ISA is "sse4"; it must be one of avx2, avx512, avx512_bf16, avx512_amx';
    const scored = await runCli(['score', GSM8K, '-m', 'pocket', '-o', join(folder, 'none')], { env });
    expect(scored).toMatchObject({ code: 2, stderr: expect.stringContaining(said) as string });
    const { code, stdout } = await runCli(['doctor'], { env });
    expect(code).toBe(1);
    expect(stdout).toContain(`${said}\n`);
    expect(stdout).toContain('mend it with: unset EVOSIFT_MAX_ISA\n');
  });
});
