import { parseSourceRow } from '../../rows/parse-source-row.js';
import type { ParsedRow } from '../../rows/example.js';
import { openRows } from '../../rows/open-rows.js';
import { RowCursor } from '../../rows/row-cursor.js';
import { isEvolved } from '../../runs/run-data.js';
import { readScores } from '../../runs/read-run.js';
import type { ScoreLine } from '../../runs/score-line.js';
import { lineageOf } from '../../rank/lineage.js';
import { endsBefore } from '../../rank/load.js';
import type { AnalyzedRun } from '../runs/open-run.js';
import type { Grouping } from '../groups.js';
import { datasetNames } from './dataset-names.js';

/** A line of a run's scores, with what its row says and where that comes from. */
export interface ScoredRow {
  readonly line: ScoreLine;
  readonly parsed: ParsedRow;
  readonly groups: Readonly<Record<Grouping, string | null>>;
  /** The id of the seed that an evolution made it of. */
  readonly seed: string | null;
}

/**
 * A run's rows in the order of its scores; those without a score among them.
 *
 * @throws EvosiftError `bad_data` where scores or data can't be read, `run_mismatch` where the data end too soon.
 */
export async function* scoredRows({ scored, subject, generation }: AnalyzedRun): AsyncGenerator<ScoredRow> {
  const { paths, open, layout } = subject;
  const source = await openRows(paths, open);
  const evolved = await Promise.all(paths.map(isEvolved));
  const datasets = datasetNames(paths);
  const onlyGenerator = generation?.start?.generators.length === 1 ? (generation.start.generators[0] ?? null) : null;
  const cursor = new RowCursor(source);
  try {
    for await (const line of readScores(scored)) {
      const row = await cursor.at(line.index);
      if (row === null) throw endsBefore(line.index);
      const made = evolved[row.file] === true && row.record !== null ? lineageOf(row.record) : null;
      yield {
        line,
        parsed: parseSourceRow(row, layout, source.files),
        groups: {
          dataset: datasets[row.file] ?? null,
          round: made?.round === null || made === null ? null : String(made.round),
          operation: made?.op ?? null,
          generator: made === null ? onlyGenerator : made.generator,
        },
        seed: made?.seed ?? null,
      };
    }
  } finally {
    await cursor.close();
  }
}
