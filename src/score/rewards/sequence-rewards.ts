import type { Engine } from '../../engine/engine.js';
import { formBatches } from '../form-batches.js';
import type { ScoredSequence } from '../sequences/prepared-row.js';

/**
 * Runs sequences, which have no spans, through a reward model in even batches, all in flight at once; reward i belongs
 * to sequence i.
 *
 * @throws EvosiftError of the engine, or `aborted`.
 */
export async function sequenceRewards(
  engine: Engine,
  sequences: readonly ScoredSequence[],
  { batchTokens, signal }: { readonly batchTokens: number; readonly signal: AbortSignal },
): Promise<number[]> {
  const rewards = sequences.map(() => NaN);
  const batches = formBatches(sequences, batchTokens, () => true);
  const runs = batches.map(async ({ batch, members }) => {
    const { reward } = await engine.run(batch, { reward: true, signal });
    for (const [number, { position }] of members.entries()) rewards[position] = reward?.[number] ?? NaN;
  });
  await Promise.all(runs);
  return rewards;
}
