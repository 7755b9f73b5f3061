import { alignColumns } from '../base/columns.js';
import { parseDevice } from '../engine/device.js';
import { describeMachine, type Machine } from '../machine/machine.js';
import { EvosiftError } from '../base/errors.js';
import { runKernelBench, type KernelTiming } from './kernel-bench.js';

/** The kernels that are measured, in this order. */
export const KERNEL_OPS = ['matmul', 'norm', 'rope', 'attention', 'activation', 'cross_entropy', 'neighbors'] as const;

export type KernelOp = (typeof KERNEL_OPS)[number];

export interface KernelOptions {
  /** Only this kernel; default all. */
  readonly op?: KernelOp;
  /** `auto` and `cpu`: the CPU's kernels; `cuda[:i]`: that device's. */
  readonly device?: string;
  readonly onProgress?: (what: string) => void;
}

/** What `evosift bench kernels --json` prints, in the API's spelling. */
export interface KernelReport {
  readonly kernels: readonly KernelTiming[];
  /** The limits that the kernels were held against, measured in the same run: GFLOP/s of matmuls, GB/s of memory. */
  readonly limits: Readonly<Record<string, number>>;
  /** The instruction set whose kernels ran; for CUDA the device's name. */
  readonly isa: string;
  readonly device: 'cpu' | 'cuda';
  readonly machine: Machine & { readonly node: string };
}

/**
 * Measures kernels on the sizes of gpt2, smollm2-135m, qwen2.5-0.5b and llama-3.2-1b: the CPU's on one thread, up to a
 * minute, or a CUDA device's, some minutes. Each is compared with a double-precision reference before it is timed.
 *
 * @throws EvosiftError `unsupported_device` where CUDA cannot be used, `bad_argument` for what is no device or names
 *   several, `engine_failed` where a kernel is wrong, `addon_unavailable` and `unsupported_platform` as `loadAddon`.
 */
export async function measureKernels({ op, device = 'auto', onProgress }: KernelOptions = {}): Promise<KernelReport> {
  const named = oneDevice(device);
  const patience = named === 'cpu' ? 'up to a minute' : 'some minutes';
  onProgress?.(op === undefined ? `measuring every kernel; this takes ${patience}` : `measuring ${op}`);
  const measured = await runKernelBench(op ?? '', named);
  return {
    ...measured,
    device: named === 'cpu' ? 'cpu' : 'cuda',
    machine: { ...describeMachine(), node: process.version },
  };
}

function oneDevice(device: string): 'cpu' | `cuda:${number}` {
  const choice = parseDevice(device);
  if (choice.kind !== 'cuda') return 'cpu';
  const [index, ...others] = choice.indexes;
  if (index !== undefined && others.length === 0) return `cuda:${index}`;
  throw new EvosiftError('bad_argument', `\`device\` ${device}: kernels are measured on one device at a time.`);
}

const COLUMNS = [
  'op',
  'variant',
  'shape',
  'size',
  'dtype',
  'median µs',
  'rate',
  '',
  'share',
  'of',
  'largest error',
] as const;
/** Numbers stand right in their columns. */
const NUMERIC: ReadonlySet<string> = new Set(['median µs', 'rate', 'share', 'largest error']);

/** What the column of that name says. */
const SHARE = {
  cpu: [
    'share: of the best rate that this run measured for a oneDNN matmul of the dtype, or for copying or reading as many',
    'bytes as the kernel does. Work of neighbors: as of a product of all vectors with all.',
  ],
  cuda: ['share: of the rate that this run measured for a large cuBLASLt matmul of the dtype, or for a large copy.'],
} as const;

/** The report as a table for people. */
export function kernelTable({ kernels, isa, device, machine }: KernelReport): string {
  const cells = kernels.map((k) => [
    k.op,
    k.variant ?? '',
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
  const lines = alignColumns(
    [COLUMNS, ...cells],
    COLUMNS.map((name) => (NUMERIC.has(name) ? 'right' : 'left')),
  );
  return `${[
    device === 'cpu' ? `${machine.processor}, ${isa} kernels, one thread` : isa,
    ...lines.map((line) => line.trimEnd()),
    ...SHARE[device],
    'largest error: against double precision, relative to the value or the typical value.',
  ].join('\n')}\n`;
}
