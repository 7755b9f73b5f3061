import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName } from '../database/database.js';

/** A column that conditions may name: how it is called, and its typed value in SQL. */
export interface ViewColumn {
  readonly name: string;
  readonly value: string;
}

/** Where the columns of view `score` come from, in the order in which a name is looked for. */
export interface ViewSources {
  readonly scores: readonly ViewColumn[];
  readonly joined: readonly ViewColumn[];
  /** Of the rows' own columns those that were asked for. */
  readonly data: readonly ViewColumn[];
  /** FROM clause that the values refer to; `lines.unit` numbers the rows. */
  readonly from: string;
}

/** Before the name of a row's own column that has the name of a score field or joined column. */
const OWN = 'data_';

/** The rows' own columns that a plan may mean: those that are no joined column and no field of every score line, in any case. */
export function wantedColumns(names: Iterable<string>, others: Iterable<string>): Set<string> {
  const taken = new Set(Array.from(others, (name) => name.toLowerCase()));
  const wanted = new Set<string>();
  for (const name of names) {
    if (!taken.has(name.toLowerCase())) wanted.add(name);
    const own = name.startsWith(OWN) ? name.slice(OWN.length) : '';
    if (own !== '') wanted.add(own);
  }
  return wanted;
}

/** Makes view `score`: the score fields, the joined columns and the wanted ones of the rows, each under one name, whatever its case. */
export async function createView(connection: DuckDBConnection, sources: ViewSources): Promise<void> {
  const columns = new Map<string, string>();
  for (const { name, value } of [...sources.scores, ...sources.joined]) columns.set(name.toLowerCase(), value);
  for (const { name, value } of sources.data) {
    const key = name.toLowerCase();
    columns.set(columns.has(key) ? `${OWN}${key}` : key, value);
  }
  const list = Array.from(columns, ([name, value]) => `, ${value} AS ${quoteName(name)}`);
  await connection.run(`CREATE VIEW score AS SELECT lines.unit AS __unit${list.join('')} FROM ${sources.from}`);
}
