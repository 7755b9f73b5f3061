import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { ColumnProfile, declaredCell, typedCell } from './column-profile.js';
import { jsonOf } from './json-text.js';

/** A column of rows that came from outside: its name, and where its values are. */
export interface CellColumn {
  readonly name: string;
  /** Name of the column that holds its values as JSON text. */
  readonly cell: string;
  readonly profile: ColumnProfile;
}

/** An appender would keep 200,000 rows to itself, outside the database's memory limit. */
const FLUSH_CHARACTERS = 4 * 1024 * 1024;

/** A table of some columns of JSON or CSV rows, each value as JSON text, typed when all have been seen. */
export class CellTable {
  readonly #appender: DuckDBAppender;
  #unflushed = 0;

  private constructor(
    readonly columns: readonly CellColumn[],
    appender: DuckDBAppender,
  ) {
    this.#appender = appender;
  }

  /** @param key SQL of the first column, e.g. `unit INTEGER`; its values are appended by the caller. */
  static async create(
    connection: DuckDBConnection,
    table: string,
    key: string,
    names: Iterable<string>,
  ): Promise<CellTable> {
    const columns = Array.from(names, (name, position) => ({
      name,
      cell: `cell_${position}`,
      profile: new ColumnProfile(),
    }));
    const cells = columns.map(({ cell }) => `, ${cell} VARCHAR`).join('');
    await connection.run(`CREATE TABLE ${table} (${key}${cells})`);
    return new CellTable(columns, await connection.createAppender(table));
  }

  /** @param isCsv The record's values are CSV fields: text that may be meant as numbers. */
  append(
    appendKey: (appender: DuckDBAppender) => void,
    record: Readonly<Record<string, unknown>>,
    isCsv: boolean,
  ): void {
    appendKey(this.#appender);
    for (const { name, profile } of this.columns) {
      const value = Object.hasOwn(record, name) ? record[name] : null;
      if (value === null || value === undefined) {
        this.#appender.appendNull();
        continue;
      }
      const json = jsonOf(value);
      if (isCsv && typeof value === 'string') profile.addField(value);
      else profile.add(json);
      this.#appender.appendVarchar(json);
      this.#unflushed += json.length;
    }
    this.#appender.endRow();
    if (this.#unflushed < FLUSH_CHARACTERS) return;
    this.#appender.flushSync();
    this.#unflushed = 0;
  }

  /** No rows follow. */
  finish(): void {
    this.#appender.closeSync();
  }
}

/**
 * A column's typed value in SQL, `table` being its table's name in the query.
 *
 * @param declared The column's type where its file says so.
 */
export const cellValue = (table: string, { cell, profile }: CellColumn, declared?: string): string =>
  declared === undefined ? typedCell(`${table}.${cell}`, profile.type) : declaredCell(`${table}.${cell}`, declared);
