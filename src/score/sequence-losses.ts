import type { Engine } from '../engine/engine.js';
import { formBatches, targetCount } from './form-batches.js';
import type { ScoredSequence } from './sequences/prepared-row.js';

/** Losses of one sequence's targets, in span order; `top1` and `entropy` only with `stats`. */
export interface SequenceLosses {
  readonly nll: Float32Array;
  readonly top1: Float32Array | null;
  readonly entropy: Float32Array | null;
}

/**
 * Runs sequences through the engine in even batches, all in flight at once; result i belongs to sequence i.
 *
 * @throws EvosiftError of the engine, or `aborted`.
 */
export async function sequenceLosses(
  engine: Engine,
  sequences: readonly ScoredSequence[],
  options: { readonly batchTokens: number; readonly stats: boolean; readonly signal: AbortSignal },
): Promise<SequenceLosses[]> {
  const { stats, signal } = options;
  const nothing = new Float32Array(0);
  const noTargets = { nll: nothing, top1: stats ? nothing : null, entropy: stats ? nothing : null };
  const losses: SequenceLosses[] = sequences.map(() => noTargets);
  const runs = formBatches(sequences, options.batchTokens).map(async ({ batch, members }) => {
    const result = await engine.run(batch, { stats, signal });
    let from = 0;
    for (const { sequence, position } of members) {
      const to = from + targetCount(sequence);
      losses[position] = {
        nll: result.nll.subarray(from, to),
        top1: result.top1?.subarray(from, to) ?? null,
        entropy: result.entropy?.subarray(from, to) ?? null,
      };
      from = to;
    }
  });
  await Promise.all(runs);
  return losses;
}
