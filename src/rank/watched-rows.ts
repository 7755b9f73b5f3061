import type { RankPlan } from './plan.js';
import type { RankedRow } from './row-text.js';

const ROWS_PER_REPORT = 1_024;

/** Rows on their way to a file: their number is told now and then, and an abort ends them. */
export async function* watched(rows: AsyncIterable<RankedRow>, plan: RankPlan): AsyncGenerator<RankedRow> {
  let count = 0;
  for await (const row of rows) {
    yield row;
    count++;
    if (count % ROWS_PER_REPORT !== 0) continue;
    plan.signal?.throwIfAborted();
    plan.onProgress({ stage: 'writing', rows: count });
  }
}
