import type { DuckDBAppender, DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { snakeCase } from '../../base/snake-case.js';
import { appendText, queryRow, queryRows, quoteText } from '../../database/database.js';
import { GROUPINGS, type GroupKey } from '../groups.js';
import { MEASURE_NAMES, type ByMeasure, type MeasureName } from '../measures.js';
import type { ScoredRow } from './read-rows.js';
import { chosen, type RowChoice } from './row-choice.js';

/** An appender would keep 200,000 rows to itself, outside the database's memory limit. */
const ROWS_PER_FLUSH = 16_384;

/** What a row is found by. */
export interface RowKey {
  readonly place: number;
  /** In its run's data. */
  readonly index: number;
  readonly id: string | null;
  readonly hash: string | null;
}

/** A measure's column. */
const columnOf = (name: MeasureName): string => snakeCase(name);

/**
 * Table `rows`: the scored rows of all runs in their order, numbered by `place`, with what they are called, what they are told
 * apart by, and their measures.
 */
export class RowTable {
  #appender: DuckDBAppender | null = null;
  #rows = 0;

  private constructor(private readonly connection: DuckDBConnection) {}

  static async create(connection: DuckDBConnection): Promise<RowTable> {
    const columns = [
      'place INTEGER, run VARCHAR, "index" INTEGER, turn INTEGER, id VARCHAR, hash VARCHAR',
      ...GROUPINGS.map((name) => `${name} ${name === 'round' ? 'INTEGER' : 'VARCHAR'}`),
      'seed VARCHAR, truncated BOOLEAN',
      ...MEASURE_NAMES.map((name) => `${columnOf(name)} DOUBLE`),
    ];
    await connection.run(`CREATE TABLE rows (${columns.join(', ')})`);
    const table = new RowTable(connection);
    table.#appender = await connection.createAppender('rows');
    return table;
  }

  append(run: string, { line, groups, seed }: ScoredRow, measures: ByMeasure<number | null>): void {
    const appender = this.#appender;
    if (appender === null) throw new Error('no rows follow');
    appender.appendInteger(this.#rows++);
    appendText(appender, run);
    appender.appendInteger(line.index);
    appendInteger(appender, line.turn ?? null);
    appendText(appender, line.id === null ? null : String(line.id));
    appendText(appender, line.hash);
    for (const name of GROUPINGS) {
      const value = groups[name];
      if (name === 'round') appendInteger(appender, value === null ? null : Number(value));
      else appendText(appender, value);
    }
    appendText(appender, seed);
    appender.appendBoolean(line.truncated);
    for (const name of MEASURE_NAMES) appendDouble(appender, measures[name] ?? null);
    appender.endRow();
    if (this.#rows % ROWS_PER_FLUSH === 0) appender.flushSync();
  }

  /** No rows follow. */
  finish(): void {
    this.#appender?.closeSync();
    this.#appender = null;
  }

  get rows(): number {
    return this.#rows;
  }

  /** The values of some measures of a run's rows, in their order; NaN where a row has none. */
  async columns<Name extends MeasureName>(
    names: readonly Name[],
    run: string,
    choice: RowChoice = {},
  ): Promise<Readonly<Record<Name, Float64Array>>> {
    const values = names.map((): number[] => []);
    const query = `SELECT ${names.map(columnOf).join(', ')} FROM rows WHERE ${chosen(run, choice)} ORDER BY place`;
    for await (const row of queryRows(this.connection, query)) {
      for (const [number, value] of row.entries()) values[number]?.push(value === null ? NaN : Number(value));
    }
    const columns = names.map((name, number) => [name, Float64Array.from(values[number] ?? [])]);
    return Object.fromEntries(columns) as Record<Name, Float64Array>;
  }

  /** How many of a run's rows are seeds: of round 0. */
  async seeds(run: string): Promise<number> {
    const query = `SELECT count(*) FROM rows WHERE run = ${quoteText(run)} AND round = 0`;
    const [seeds] = await queryRow(this.connection, query);
    return Number(seeds);
  }

  /** What a run's rows are found by, in their order. */
  async keys(run: string): Promise<RowKey[]> {
    const keys: RowKey[] = [];
    const query = `SELECT place, "index", id, hash FROM rows WHERE run = ${quoteText(run)} ORDER BY place`;
    for await (const [place, index, id, hash] of queryRows(this.connection, query)) {
      keys.push({ place: Number(place), index: Number(index), id: textOrNull(id), hash: textOrNull(hash) });
    }
    return keys;
  }

  /** Sets a measure of some rows. */
  async fill(name: MeasureName, values: Iterable<readonly [place: number, value: number]>): Promise<void> {
    await this.connection.run('CREATE TABLE filled (place INTEGER, value DOUBLE)');
    const appender = await this.connection.createAppender('filled');
    for (const [place, value] of values) {
      appender.appendInteger(place);
      appendDouble(appender, value);
      appender.endRow();
    }
    appender.closeSync();
    await this.connection.run(
      `UPDATE rows SET ${columnOf(name)} = filled.value FROM filled WHERE rows.place = filled.place`,
    );
    await this.connection.run('DROP TABLE filled');
  }

  /** The groups of a run's rows, by each grouping in which it has some; a single dataset is no group. */
  async groups(run: string): Promise<GroupKey[]> {
    const groups: GroupKey[] = [];
    for (const by of GROUPINGS) {
      const found: GroupKey[] = [];
      const query = `SELECT CAST(${by} AS VARCHAR) FROM (SELECT ${by}, min(place) AS first FROM rows
        WHERE run = ${quoteText(run)} AND ${by} IS NOT NULL GROUP BY ${by}) ORDER BY ${by === 'round' ? by : 'first'}`;
      for await (const [value] of queryRows(this.connection, query)) found.push({ by, value: String(value) });
      if (by !== 'dataset' || found.length > 1) groups.push(...found);
    }
    return groups;
  }
}

const textOrNull = (value: DuckDBValue | undefined): string | null => (typeof value === 'string' ? value : null);

function appendInteger(appender: DuckDBAppender, value: number | null): void {
  if (value === null) appender.appendNull();
  else appender.appendInteger(value);
}

function appendDouble(appender: DuckDBAppender, value: number | null): void {
  if (value === null || !Number.isFinite(value)) appender.appendNull();
  else appender.appendDouble(value);
}
