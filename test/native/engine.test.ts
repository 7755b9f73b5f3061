import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.js';
import { BUILD_TIMEOUT_MS, buildNativeProgram, runNativeProgram } from './native-program.js';

// The checks themselves are in native/test/engine_test.cc: a row here is a TEST there.

const TESTS = [
  'matmuls_are_the_product',
  'rows_do_not_depend_on_one_another',
  'masked_logits_have_no_part',
  'goldens',
  'bits_do_not_depend_on_the_batch',
  'everything_in_flight_settles',
];

/** What oneDNN and our kernels may use; '' is all that this machine has. */
const INSTRUCTION_SETS = ['avx2', 'avx512', ''];

describe('the engine, under the sanitizers', () => {
  let program: string;

  beforeAll(async () => {
    program = await buildNativeProgram('engine_test');
  }, BUILD_TIMEOUT_MS);

  for (const isa of INSTRUCTION_SETS) {
    it.each(TESTS)(`%s (${isa || 'every instruction set'})`, { timeout: 600_000 }, async (name) => {
      const args = [name, '--models', fixture('goldens/tiny')];
      const { code, output } = await runNativeProgram(program, args, isa === '' ? {} : { EVOSIFT_MAX_ISA: isa });
      expect(output).toBe(`ok ${name}\n`);
      expect(code).toBe(0);
    });
  }
});
