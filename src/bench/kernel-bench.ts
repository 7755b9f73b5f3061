import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EvosiftError, messageOf, type ErrorCode } from '../base/errors.js';
import { toCamelCase } from '../base/snake-case.js';
import type { Dtype } from '../engine/engine.js';
import { loadBestAddon } from '../engine/native/load-addon.js';
import { BUILD } from '../engine/native/load-failure.js';

/** A kernel on one size of a model, measured on one thread or on a device. */
export interface KernelTiming {
  readonly op: string;
  /** Where an operation has several bodies: `naive`, `shared memory` or `fast`. */
  readonly variant?: string;
  /** The model whose sizes these are, e.g. `smollm2-135m`. */
  readonly shape: string;
  /** What is multiplied or passed over, e.g. `256 x 576`. */
  readonly size: string;
  readonly dtype: Dtype;
  /** Median time of a call. */
  readonly medianUs: number;
  /** Useful work per second, in `unit`; of memory the kernel's operands, each counted once. */
  readonly rate: number;
  readonly unit: 'GFLOP/s' | 'GB/s';
  /** The limit it is held against: `matmul bf16` (the best of a few), `copy 864 KiB` or `read 640 KiB` (as many bytes), `copy` (a large one). */
  readonly limit: string;
  /** The limit in `unit`, measured before and after the kernels; the better. */
  readonly limitRate: number;
  readonly share: number;
  /** The largest distance from a double-precision reference, relative to the value or, where that is more, to the root mean square. */
  readonly maxError: number;
  readonly maxAbsoluteError: number;
}

/** Kernels and the limits they are held against, by name. */
export interface KernelBenchmark {
  readonly kernels: readonly KernelTiming[];
  readonly limits: Readonly<Record<string, number>>;
  /** The kernels' instruction set, e.g. `avx512_bf16`, or the device's name. */
  readonly isa: string;
}

const execute = promisify(execFile);

/**
 * Runs `kernel-bench`, the program that is built beside the addon; its last line holds the limits.
 *
 * @param op A kernel's name, or '' for all of them.
 * @param device `cpu`, `cuda` or `cuda:i`.
 * @throws EvosiftError `addon_unavailable` where there is none, also for want of an addon; what the program says of a
 *   device or a kernel; `engine_failed` where it ends without a word.
 */
export async function runKernelBench(op: string, device: string): Promise<KernelBenchmark> {
  const program = join(dirname(loadBestAddon().path), 'kernel-bench');
  if (!existsSync(program)) {
    const fault = `The program that measures kernels is not built: there is no ${program}`;
    throw new EvosiftError('addon_unavailable', `${fault}.\nMend it with: ${BUILD}`);
  }
  const kernels = await linesOf(program, ['--op', op, '--device', device]);
  const { limits, isa } = kernels.pop() as Omit<KernelBenchmark, 'kernels'>;
  return { kernels: kernels as readonly KernelTiming[], limits, isa };
}

async function linesOf(program: string, args: readonly string[]): Promise<unknown[]> {
  try {
    return parseLines((await execute(program, args)).stdout);
  } catch (cause) {
    const { stdout = '' } = cause as { readonly stdout?: string };
    const said = parseLines(stdout).at(-1) as { readonly code: ErrorCode; readonly message: string } | undefined;
    throw new EvosiftError(said?.code ?? 'engine_failed', said?.message ?? messageOf(cause), { cause });
  }
}

const parseLines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => toCamelCase(JSON.parse(line)));
