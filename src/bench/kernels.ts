import type { KernelTiming } from '../engine/native/addon-types.js';
import { describeMachine, type Machine } from '../engine/native/doctor-machine.js';
import { loadAddon } from '../engine/native/load-addon.js';
import { EvosiftError } from '../errors.js';

/** The kernels that are measured, in this order. */
export const KERNEL_OPS = ['matmul', 'norm', 'rope', 'attention', 'activation', 'cross_entropy'] as const;

export type KernelOp = (typeof KERNEL_OPS)[number];

export interface KernelOptions {
  /** Only this kernel; default all. */
  readonly op?: KernelOp;
  /** `auto` or `cpu`. */
  readonly device?: string;
  readonly onProgress?: (what: string) => void;
}

/** What `evosift bench kernels --json` prints, in the API's spelling. */
export interface KernelReport {
  readonly kernels: readonly KernelTiming[];
  /** The limits that the kernels were held against, measured in the same run: GFLOP/s of matmuls, GB/s of memory. */
  readonly limits: Readonly<Record<string, number>>;
  /** The instruction set whose kernels ran. */
  readonly isa: string;
  readonly machine: Machine & { readonly node: string };
}

/**
 * Measures the CPU's kernels on the sizes of gpt2, smollm2-135m, qwen2.5-0.5b and llama-3.2-1b, one thread, up to a
 * minute. Each is compared with a double-precision reference before it is timed.
 *
 * @throws EvosiftError `unsupported_device` but for the CPU, `bad_argument` for what is no device, `engine_failed` where
 *   a kernel is wrong, `addon_unavailable` and `unsupported_platform` as `loadAddon`.
 */
export async function measureKernels({ op, device = 'auto', onProgress }: KernelOptions = {}): Promise<KernelReport> {
  checkDevice(device);
  onProgress?.(op === undefined ? 'measuring every kernel; this takes up to a minute' : `measuring ${op}`);
  const measured = await loadAddon().benchKernels(op ?? '');
  return { ...measured, machine: { ...describeMachine(), node: process.version } };
}

function checkDevice(device: string): void {
  if (device === 'auto' || device === 'cpu') return;
  if (/^cuda(?::|$)/.test(device)) {
    throw new EvosiftError(
      'unsupported_device',
      `--device ${device}: the kernels measured here are the CPU's. Leave --device out, or take --device cpu.`,
    );
  }
  throw new EvosiftError('bad_argument', `device is ${JSON.stringify(device)}; it must be auto or cpu.`);
}

const COLUMNS = ['op', 'shape', 'size', 'dtype', 'median µs', 'rate', '', 'share', 'of', 'largest error'] as const;
/** Numbers stand right in their columns. */
const NUMERIC: ReadonlySet<string> = new Set(['median µs', 'rate', 'share', 'largest error']);

/** The report as a table for people. */
export function kernelTable({ kernels, isa, machine }: KernelReport): string {
  const cells = kernels.map((k) => [
    k.op,
    k.shape,
    k.size,
    k.dtype,
    k.medianUs.toFixed(1),
    k.rate.toFixed(1),
    k.unit,
    k.share.toFixed(2),
    `${k.limit} (${k.limitRate.toFixed(1)})`,
    k.maxError.toExponential(1),
  ]);
  const widths = COLUMNS.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (NUMERIC.has(COLUMNS[i] ?? '') ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return `${[
    `${machine.processor}, ${isa} kernels, one thread`,
    line(COLUMNS),
    ...cells.map(line),
    'share: of the best rate that this run measured for a oneDNN matmul of the dtype, or for copying or reading as many',
    'bytes as the kernel does. largest error: against double precision, relative to the value or the typical value.',
  ].join('\n')}\n`;
}

/** A kernel as JSON output has it. */
export const kernelToJson = ({ medianUs, limitRate, maxError, maxAbsoluteError, ...rest }: KernelTiming) => ({
  ...rest,
  median_us: medianUs,
  limit_rate: limitRate,
  max_error: maxError,
  max_absolute_error: maxAbsoluteError,
});
