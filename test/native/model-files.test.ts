import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildNativeProgram, runNativeProgram } from './native-program.js';

const FIXTURES = join(import.meta.dirname, '../fixtures');

// The checks themselves are in native/test/model_files: a row here is a TEST there.
const TESTS = [
  'configs_are_read_as_transformers_reads_them',
  'unsupported_models_name_themselves',
  'bad_configs_name_key_value_and_what_is_allowed',
  'tensors_are_read_at_any_alignment',
  'every_f16_and_bf16_value_is_converted_exactly',
  'damaged_and_hostile_headers_are_refused',
  'gaps_metadata_and_foreign_dtypes_are_tolerated',
  'a_directory_is_opened_whole_or_in_shards',
  'what_is_no_file_is_refused',
  'pickles_are_refused_with_a_reason',
  'separate_matrices_become_one',
  'prefix_is_optional_and_buffers_and_a_tied_head_are_ignored',
  'misfitting_tensors_are_named',
  'interleaved_heads_are_put_in_order',
  'transposed_matrices_are_turned',
  'one_plus_norms_hold_one_plus_weight',
  'random_weights_are_a_function_of_seed_and_place',
  'random_weights_are_what_the_config_says_is_stored',
  'a_reward_is_read_before_pad_tokens',
  'a_head_is_a_language_models_unless_the_config_says_otherwise',
];

describe('model files, under the sanitizers', () => {
  let program: string;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'evosift-model-files-'));
    program = await buildNativeProgram('model_files_test');
  }, BUILD_TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(TESTS)('%s', async (name) => {
    const args = [name, '--architectures', join(FIXTURES, 'architectures.json'), '--folder', folder];
    const { code, output } = await runNativeProgram(program, args);
    expect(output).toBe(`ok ${name}\n`);
    expect(code).toBe(0);
  });

  it('has no test that is not listed here', async () => {
    const { output } = await runNativeProgram(program, [
      '--architectures',
      join(FIXTURES, 'architectures.json'),
      '--folder',
      mkdtempSync(join(folder, 'all-')),
    ]);
    expect(output.trim().split('\n').toSorted()).toEqual(TESTS.map((name) => `ok ${name}`).toSorted());
  });
});
