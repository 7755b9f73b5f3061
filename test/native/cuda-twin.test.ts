import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.js';
import { BUILD_TIMEOUT_MS, buildNativeProgram, runNativeProgram } from './native-program.js';

// The CUDA kernels and the CUDA device on the host twin, under the sanitizers. A row is a TEST in native/test/cuda/.
const ODD = fixture('odd');

// Two minutes of computing each, on a machine that may be busy.
const RUN_TIMEOUT_MS = 30 * 60_000;

let program: string;

beforeAll(async () => {
  program = await buildNativeProgram('cuda_twin_test');
}, BUILD_TIMEOUT_MS);

async function passes(name: string, ...args: string[]): Promise<void> {
  const { code, output } = await runNativeProgram(program, [name, ...args]);
  expect(output).toBe(`ok ${name}\n`);
  expect(code).toBe(0);
}

describe('the host twin fails where a GPU is undefined', () => {
  it.each([
    'lanes_at_different_calls_are_an_error',
    'a_lane_that_is_missing_is_an_error',
    'a_thread_that_misses_the_block_is_an_error',
    'collectives_meet_by_mask',
    'a_copy_is_not_there_before_its_wait',
    'a_race_shows_in_the_order_of_the_fibers',
    'a_step_beyond_shared_memory_is_seen',
    'blocks_share_atomics',
    'tensor_cores_multiply',
  ])('%s', (name) => passes(name));
});

describe('the CUDA kernels on the host twin', () => {
  it.each(['attention_is_the_formula', 'cross_entropy_is_the_formula', 'logits_that_are_not_finite_give_no_loss'])(
    '%s',
    { timeout: 120_000 },
    (name) => passes(name),
  );
  it.each(['decoder_odd_sizes', 'step_that_is_named_is_kept', 'a_lost_device_gives_no_numbers'])(
    '%s',
    { timeout: RUN_TIMEOUT_MS },
    (name) => passes(name, '--odd', ODD),
  );
  it.each(['rewards_of_the_twin'])('%s', { timeout: RUN_TIMEOUT_MS }, (name) =>
    passes(name, '--rewards', fixture('odd-reward')),
  );
});

describe("the device's bench on the host twin", () => {
  it.each([
    'bench_on_the_twin',
    'bench_refuses_a_wrong_kernel',
    'shared_memory_matmul_at_odd_sizes',
    'gemm_probe',
    'matmul_rate_of_the_twin',
    'busy_time_counts_a_moment_once',
  ])('%s', { timeout: 300_000 }, (name) => passes(name));
});
