import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildNativeProgram, runNativeProgram } from '../native/native-program.js';
import { fixture } from '../support/fixtures.js';

// Every architecture whole on the host twin, three times with other orders of fibers and blocks, under the sanitizers.
describe('the CUDA device on the host twin', () => {
  let program: string;
  beforeAll(async () => {
    program = await buildNativeProgram('cuda_twin_test');
  }, BUILD_TIMEOUT_MS);

  it.each([
    ['decoder_f32', '--models', fixture('goldens/tiny')],
    ['decoder_bf16', '--models', fixture('goldens/tiny')],
    ['batches_leave_nothing_behind', '--odd', fixture('odd')],
  ])('%s', { timeout: 30 * 60_000 }, async (name, ...folder) => {
    const { code, output } = await runNativeProgram(program, [name, ...folder]);
    expect(output).toBe(`ok ${name}\n`);
    expect(code).toBe(0);
  });
});
