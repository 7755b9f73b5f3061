import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { JoinedTable } from './join-table.js';
import { linesWithJoined, type JoinedColumn } from './joined.js';
import type { ScoreTable } from './score-table.js';
import type { AddedField, RankedRow, RowShape } from './row-text.js';
import { SourceReader } from './source-reader.js';
import type { Sources } from './sources.js';
import type { AddedColumn } from './write-parquet.js';

/** The rows that were kept, best first, or all others in input order; or all score lines, before any is selected. */
export type Part = 'selection' | 'rest' | 'lines';

/** A column that evosift adds: where its value is, and how it is told as JSON. */
export interface AddedSource extends AddedColumn {
  /** SQL for the value as it is held. */
  readonly held: string;
  readonly toJson: (held: DuckDBValue) => string;
}

/** All that is known of a ranked run, once it is loaded. */
export interface RankedRun {
  readonly connection: DuckDBConnection;
  readonly sources: Sources;
  readonly scores: ScoreTable;
  readonly joined: readonly JoinedTable[];
  readonly joinedColumns: readonly JoinedColumn[];
  /** Columns of table `distances` that are told of rows, where rows are selected by distances. */
  readonly distances: Readonly<Record<'selection' | 'rest', readonly string[]>> | null;
}

const asText = (held: DuckDBValue): string => (held === null ? 'null' : String(held));
const asJson = (held: DuckDBValue): string => JSON.stringify(held);

/** The columns that a part's rows are given, in order. */
export function addedSources({ scores, joinedColumns, distances }: RankedRun, part: Part): AddedSource[] {
  const columns: AddedSource[] = scores.columns.map(({ name, type }) =>
    type === 'JSON'
      ? { name, type: null, held: `lines.${name}`, toJson: asText }
      : { name, type, held: `lines.${name}`, toJson: asJson },
  );
  for (const { name, cell } of joinedColumns) columns.push({ name, type: null, held: cell, toJson: asText });
  if (part === 'lines') return columns;
  for (const name of distances?.[part] ?? []) {
    columns.push({ name, type: 'INTEGER', held: `distances.${name}`, toJson: asJson });
  }
  columns.push(
    part === 'selection'
      ? { name: 'rank', type: 'INTEGER', held: 'part.position', toJson: asJson }
      : { name: 'left_out', type: 'VARCHAR', held: 'part.left_out', toJson: asJson },
  );
  return columns;
}

const ORDER: Readonly<Record<Part, string>> = { selection: 'part.position', rest: 'part.unit', lines: 'part.unit' };

/** Rows whose texts are read at one time. */
const BATCH = 256;

/** Name of the added field that holds the text of what is no row. */
export const SOURCE_TEXT = 'source_text';

/**
 * The rows of a part with their texts and added fields. A text that is no row (malformed) is told in an added field of
 * its own.
 *
 * @param filter SQL condition on `part` that picks some of them.
 */
export async function* rankedRows(run: RankedRun, part: Part, filter = 'true'): AsyncGenerator<RankedRow> {
  const added = addedSources(run, part);
  const held = added.map((column) => column.held).join(', ');
  const from = `FROM ${part} part JOIN ${linesWithJoined(run.joined)} ON lines.unit = part.unit${
    run.distances === null || part === 'lines' ? '' : ' LEFT JOIN distances ON distances.unit = part.unit'
  }`;
  const fieldsOf = (values: readonly DuckDBValue[]): AddedField[] =>
    added.map(({ name, toJson }, column): AddedField => [name, toJson(values[column] ?? null)]);

  const { shapes, rows: source } = run.sources;
  const sql = `SELECT ${held}, places.file, places.start, places.length, places.broken ${from}
    JOIN places ON places.unit = part.unit WHERE ${filter} ORDER BY ${ORDER[part]}`;
  await using reader = new SourceReader();
  for await (const rows of batches(run.connection, sql)) {
    const places = rows.map((row) => {
      const [file, start, length] = row.slice(-4).map(Number);
      return { path: source.files[file ?? 0]?.path ?? '', offset: start ?? 0, length: length ?? 0 };
    });
    const texts = await reader.read(places);
    for (const [number, row] of rows.entries()) {
      const text = texts[number] ?? Buffer.alloc(0);
      const shape: RowShape = shapes[Number(row.at(-4))] ?? { kind: 'json', isOwnText: true };
      const fields = fieldsOf(row);
      if (row.at(-1) === true) {
        const told = text.length === 0 ? 'null' : JSON.stringify(text.toString());
        yield { text: null, shape, added: [...fields, [SOURCE_TEXT, told]] };
      } else yield { text, shape, added: fields };
    }
  }
}

async function* batches(connection: DuckDBConnection, sql: string): AsyncGenerator<DuckDBValue[][]> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    const rows = chunk.getRows();
    for (let begin = 0; begin < rows.length; begin += BATCH) yield rows.slice(begin, begin + BATCH);
  }
}
