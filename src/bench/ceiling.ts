import type { Dtype } from '../engine/engine.js';
import type { Addon, MatmulUse } from '../engine/native/addon-types.js';

/** Row counts that the best rate of a shape is looked for among. */
const ROW_COUNTS = [32, 64, 128, 256, 512, 1024] as const;
/** The same on a CUDA device, which is filled by more. */
const DEVICE_ROW_COUNTS = [2_048, 8_192, 16_384] as const;

/** How oneDNN may use the threads: a primitive a thread, or one primitive that OpenMP spreads over them. */
const FORMS = ['thread', 'openmp'] as const;

/** The best that oneDNN, or cuBLASLt, does on one of the model's matrices. */
export interface MatmulCeiling {
  readonly name: string;
  readonly out: number;
  readonly in: number;
  readonly gflops: number;
  readonly rows: number;
  readonly form: (typeof FORMS)[number] | 'device';
}

export interface CeilingOptions {
  readonly dtype: Dtype;
  readonly threads: number;
  /** CUDA devices, whose rates add up; none: the CPU. */
  readonly devices: readonly number[];
  /** Seconds a measurement takes at least. */
  readonly seconds: number;
}

/** What this machine's matmul library reaches on a model's own matrices, in this process, now. */
export async function measureCeiling(
  addon: Addon,
  matmuls: readonly MatmulUse[],
  options: CeilingOptions,
): Promise<MatmulCeiling[]> {
  const best: MatmulCeiling[] = [];
  for (const matmul of matmuls) best.push(await bestRate(addon, matmul, options));
  return best;
}

/**
 * The rate of a model that were nothing but its matmuls, each at its best: the FLOP-weighted harmonic mean, GFLOP/s.
 *
 * @param targetShare Targets per token: how much of the work is the head's.
 */
export function ceilingOf(rates: readonly MatmulCeiling[], matmuls: readonly MatmulUse[], targetShare: number): number {
  let flops = 0;
  let time = 0;
  matmuls.forEach((matmul, i) => {
    const share = matmul.out * matmul.in * matmul.count * (matmul.perTarget ? targetShare : 1);
    flops += share;
    time += share / rates[i].gflops;
  });
  return flops / time;
}

async function bestRate(
  addon: Addon,
  { name, out, in: inner }: MatmulUse,
  options: CeilingOptions,
): Promise<MatmulCeiling> {
  let best: MatmulCeiling | null = null;
  for (const { rows, form } of candidates(options)) {
    const gflops = await rateOf(addon, { rows, out, in: inner }, form, options);
    if (best === null || gflops > best.gflops) best = { name, out, in: inner, gflops, rows, form };
  }
  if (best === null) throw new Error('no row counts to measure');
  return best;
}

function candidates({ devices }: CeilingOptions): Pick<MatmulCeiling, 'rows' | 'form'>[] {
  if (devices.length > 0) return DEVICE_ROW_COUNTS.map((rows) => ({ rows, form: 'device' }));
  return ROW_COUNTS.flatMap((rows) => FORMS.map((form) => ({ rows, form })));
}

async function rateOf(
  addon: Addon,
  size: { readonly rows: number; readonly out: number; readonly in: number },
  form: MatmulCeiling['form'],
  { dtype, threads, devices, seconds }: CeilingOptions,
): Promise<number> {
  const measurement = { ...size, dtype, threads, parallelInside: form === 'openmp', seconds };
  if (form !== 'device') return addon.measureMatmul({ ...measurement, device: -1 });
  let sum = 0;
  for (const device of devices) sum += await addon.measureMatmul({ ...measurement, device });
  return sum;
}
