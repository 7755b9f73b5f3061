import type { ParsedRow } from '../../rows/example.js';
import { parseSourceRow } from '../../rows/parse-source-row.js';
import type { KnownScores } from '../../runs/reuse.js';
import type { ScoreLine } from '../../runs/score-line.js';
import type { BusyClock } from '../busy-clock.js';
import type { IndexedRow, PassingRow } from '../parsed-rows.js';
import type { RunPlan } from './run-plan.js';

/** A row whose lines an earlier run has. */
export interface Reused {
  readonly lines: readonly ScoreLine[];
}

/**
 * The rows that a run has still to do, in order.
 *
 * @param lastIndex The last row that is done, or null.
 * @param reading Is told when rows are waited for.
 */
export async function* runRows(
  plan: RunPlan,
  lastIndex: number | null,
  reuse: KnownScores | null,
  reading: BusyClock,
): AsyncGenerator<IndexedRow | PassingRow<Reused>, void, undefined> {
  const from = lastIndex === null ? plan.from : lastIndex + 1;
  const rows = plan.rows.rows({ from, to: plan.to })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value: source } = await reading.time(() => rows.next());
      if (done === true) return;
      if (plan.chosen !== null && !plan.chosen.has(source.index)) continue;
      const row = parseSourceRow(source, plan.layout, plan.rows.files);
      yield (await reused(source.index, row, reuse)) ?? { index: source.index, row };
    }
  } finally {
    await rows.return?.();
  }
}

async function reused(index: number, row: ParsedRow, reuse: KnownScores | null): Promise<PassingRow<Reused> | null> {
  const lines = row.ok ? await reuse?.find(row.hash) : null;
  if (lines === null || lines === undefined) return null;
  const own = { index, id: row.id, format: row.format };
  return { index, passing: { lines: lines.map((line) => ({ ...line, ...own })) } };
}
