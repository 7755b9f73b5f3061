import type { DuckDBConnection } from '@duckdb/node-api';
import type { ScoreLine } from '../runs/score-line.js';
import { RowCursor } from '../rows/row-cursor.js';
import type { RowSource, SourceRow } from '../rows/source-row.js';
import { EvosiftError } from '../base/errors.js';
import { CellTable } from './cell-table.js';
import { lineageOf } from './lineage.js';
import type { RankPlan } from './plan.js';
import { ScoreTable, withPerplexityForm } from './score-table.js';

/** Rows between two looks at the signal and words to the progress display. */
const ROWS_PER_REPORT = 2_048;

/** Tables `lines` (the scores), `places` (where each unit's text stands) and `cells` (the columns asked for). */
export interface Loaded {
  readonly scores: ScoreTable;
  readonly cells: CellTable;
  /** Names of the rows' columns, in order of appearance. */
  readonly names: ReadonlySet<string>;
}

/**
 * Reads a run's scores, and along with them the rows that they are about, once and in order.
 *
 * @param source Rows whose text can be addressed.
 * @param wanted Columns of the rows whose values are kept.
 * @param evolved By file, whether an evolution made its rows: then their lineage stands beside the scores.
 */
export async function loadRun(
  connection: DuckDBConnection,
  plan: RankPlan,
  lines: AsyncIterable<ScoreLine>,
  source: RowSource,
  wanted: ReadonlySet<string>,
  evolved: readonly boolean[],
): Promise<Loaded> {
  const scores = await ScoreTable.create(connection);
  const rows = await RowLoader.create(connection, source, wanted);
  let unit = 0;
  try {
    for await (const line of lines) {
      const { file, record } = await rows.append(unit, line.index);
      const lineage = evolved[file] === true && record !== null ? lineageOf(record) : {};
      scores.append(unit, { ...(plan.form === 'ppl' ? withPerplexityForm(line) : line), ...lineage });
      unit++;
      if (unit % ROWS_PER_REPORT === 0) {
        plan.signal?.throwIfAborted();
        plan.onProgress({ stage: 'reading', rows: unit });
      }
    }
  } finally {
    await rows.close();
  }
  scores.finish();
  if (unit === 0) {
    throw new EvosiftError('bad_data', `${plan.run} has no scores yet; finish its \`evosift score\` first`);
  }
  return { scores, ...rows.finish() };
}

/** Follows a source along the score lines. */
class RowLoader {
  readonly #names = new Set<string>();
  readonly #cursor: RowCursor;

  private constructor(
    private readonly source: RowSource,
    private readonly places: Awaited<ReturnType<DuckDBConnection['createAppender']>>,
    private readonly cells: CellTable,
  ) {
    this.#cursor = new RowCursor(source, ({ record }) => {
      for (const name in record) this.#names.add(name);
    });
  }

  static async create(
    connection: DuckDBConnection,
    source: RowSource,
    wanted: ReadonlySet<string>,
  ): Promise<RowLoader> {
    await connection.run(
      'CREATE TABLE places (unit INTEGER, file INTEGER, start DOUBLE, length INTEGER, broken BOOLEAN)',
    );
    const cells = await CellTable.create(connection, 'cells', 'unit INTEGER', wanted);
    return new RowLoader(source, await connection.createAppender('places'), cells);
  }

  async append(unit: number, index: number): Promise<SourceRow> {
    const row = await this.#cursor.at(index);
    if (row === null) throw endsBefore(index);
    const { file, offset, record, problem } = row;
    // The text of what was too long to read is too long to tell.
    const length = problem?.reason === 'too_long' ? 0 : row.length;
    this.places.appendInteger(unit);
    this.places.appendInteger(file);
    this.places.appendDouble(offset ?? 0);
    this.places.appendInteger(length ?? 0);
    this.places.appendBoolean(record === null);
    this.places.endRow();
    const isCsv = this.source.files[file]?.format === 'csv';
    this.cells.append((appender) => appender.appendInteger(unit), record ?? {}, isCsv);
    return row;
  }

  async close(): Promise<void> {
    await this.#cursor.close();
  }

  finish(): Omit<Loaded, 'scores'> {
    this.places.closeSync();
    this.cells.finish();
    return { cells: this.cells, names: this.#names };
  }
}

/** What is wrong where the scores speak of a row that the data have not. */
export const endsBefore = (index: number): EvosiftError =>
  new EvosiftError('run_mismatch', `the scores speak of row ${index}, but the data end before it`);
