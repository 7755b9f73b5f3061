import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeShared, shared } from '../support/shared.js';
import {
  BUILD_TIMEOUT_MS,
  buildNativeProgram,
  buildSanitizedAddon,
  runNativeProgram,
  sanitizedProcess,
} from './native-program.js';

// The checks themselves are in native/test/engine_test.cc: a row here is a TEST there.
const CYCLES = process.env.CI ? 200 : 20;
const POCKET = join(import.meta.dirname, '../../models/pocket');

const TESTS = [
  'matmuls_are_the_product',
  'rows_do_not_depend_on_one_another',
  'goldens',
  'bits_do_not_depend_on_the_batch',
  'everything_in_flight_settles',
  'cycles_leave_nothing_behind',
];

/** What oneDNN and our kernels may use; '' is all that this machine has. */
const INSTRUCTION_SETS = ['AVX2', 'AVX512_CORE', ''];

describeShared('the engine, under the sanitizers', () => {
  let program: string;

  beforeAll(async () => {
    program = await buildNativeProgram('engine_test');
  }, BUILD_TIMEOUT_MS);

  for (const isa of INSTRUCTION_SETS) {
    it.each(TESTS)(`%s (${isa || 'every instruction set'})`, { timeout: 600_000 }, async (name) => {
      const args = [name, '--models', shared('goldens', 'tiny'), '--cycles', String(CYCLES)];
      const { code, output } = await runNativeProgram(program, args, isa === '' ? {} : { DNNL_MAX_CPU_ISA: isa });
      expect(output).toBe(`ok ${name}\n`);
      expect(code).toBe(0);
    });
  }

  it(
    `${CYCLES} cycles of load, run and close in Node, with the addon under the sanitizers`,
    { timeout: BUILD_TIMEOUT_MS },
    async () => {
      const script = `
      import { createRequire } from 'node:module';
      const addon = createRequire('/')(${JSON.stringify(await buildSanitizedAddon())});
      const tokens = new Int32Array(300).fill(5);
      for (let i = 0; i < ${CYCLES}; i++) {
        const model = await addon.load(${JSON.stringify(POCKET)}, { dtype: 'auto', threads: 2, devices: [], stepTokens: 0 });
        await model.run(1, tokens, Int32Array.of(0, 100, 300), Int32Array.of(1, 100, 101, 300), 3);
        await model.close();
      }`;
      const env = await sanitizedProcess();
      const { code, output } = await runNativeProgram(process.execPath, ['--input-type=module', '-e', script], env);
      expect(output).toBe('');
      expect(code).toBe(0);
    },
  );
});
