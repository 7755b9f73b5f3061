import { beforeAll, describe, expect, it } from 'vitest';
import { describeMachine } from '../../src/machine/machine.js';
import { fixture } from '../support/fixtures.js';
import { BUILD_TIMEOUT_MS, buildNativeProgram, runNativeProgram } from './native-program.js';

// The checks themselves are in native/test: a row here is a TEST there.

const KERNELS = ['matmuls_are_the_product', 'rows_do_not_depend_on_one_another', 'masked_logits_have_no_part'];
const VECTORS = [
  'neighbors_are_the_nearest',
  'equal_vectors_have_the_first_as_neighbor',
  'choices_are_those_of_the_definitions',
  'vectors_do_not_depend_on_threads_and_end_when_told',
];
const MODELS = ['goldens', 'bits_do_not_depend_on_the_batch', 'everything_in_flight_settles'];

const REWARDS = ['rewards'];

/** What the engine is held down to; null is all that this machine has. */
const INSTRUCTION_SETS = [...['avx2', 'avx512', 'avx512_bf16'].filter(hasBetter), null];

/** Whether the machine has more than this set, which would else be run twice. */
function hasBetter(set: string): boolean {
  const { isa } = describeMachine();
  return isa.includes(set) && isa.at(-1) !== set;
}

describe('the engine, under the sanitizers', () => {
  let program: string;

  beforeAll(async () => {
    program = await buildNativeProgram('engine_test');
  }, BUILD_TIMEOUT_MS);

  for (const isa of INSTRUCTION_SETS) {
    const passes = async (name: string, ...args: string[]) => {
      const env: Record<string, string> = isa === null ? {} : { EVOSIFT_MAX_ISA: isa };
      const { code, output } = await runNativeProgram(program, [name, ...args], env);
      expect(output).toBe(`ok ${name}\n`);
      expect(code).toBe(0);
    };
    describe(isa ?? 'every instruction set', { timeout: 600_000 }, () => {
      it.each([...KERNELS, ...VECTORS])('%s', (name) => passes(name));
      it.each(MODELS)('%s', (name) => passes(name, '--models', fixture('goldens/tiny')));
      it.each(REWARDS)('%s', (name) => passes(name, '--models', fixture('odd-reward')));
    });
  }
});
