import type { DuckDBConnection } from '@duckdb/node-api';
import { EvosiftError } from '../base/errors.js';
import { badCondition, type ExpressionColumns } from './expression.js';
import { queryRows, quoteName } from '../database/database.js';
import type { OrderedPlan } from './options.js';
import type { SelectionColumns } from './selection.js';

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

/** The rows' own columns that a plan may mean: those that are no joined column and no field of every score line. */
export function wantedColumns(names: Iterable<string>, taken: ReadonlySet<string>): Set<string> {
  const wanted = new Set<string>();
  for (const name of names) {
    if (!taken.has(name)) wanted.add(name);
    const own = name.startsWith(OWN) ? name.slice(OWN.length) : '';
    if (taken.has(own)) wanted.add(own);
  }
  return wanted;
}

/** Makes view `score`: the score fields, the joined columns and the wanted ones of the rows, each under one name. */
export async function createView(connection: DuckDBConnection, sources: ViewSources): Promise<void> {
  const columns = new Map<string, string>();
  for (const { name, value } of [...sources.scores, ...sources.joined]) columns.set(name, value);
  for (const { name, value } of sources.data) columns.set(columns.has(name) ? `${OWN}${name}` : name, value);
  const list = Array.from(columns, ([name, value]) => `, ${value} AS ${quoteName(name)}`);
  await connection.run(`CREATE VIEW score AS SELECT lines.unit AS __unit${list.join('')} FROM ${sources.from}`);
}

/**
 * Finds a plan's columns in view `score`.
 * Throws `bad_argument` where there is no such column, or `by` is not numeric.
 *
 * @param known Names of all the rows' own columns, for the message.
 */
export async function resolveColumns(
  connection: DuckDBConnection,
  plan: OrderedPlan,
  condition: ExpressionColumns | null,
  known: Iterable<string>,
): Promise<SelectionColumns> {
  const types = new Map<string, string>();
  const described = queryRows(connection, 'SELECT column_name, column_type FROM (DESCRIBE score)');
  for await (const [name, type] of described) types.set(String(name).toLowerCase(), String(type));
  const typeOf = (name: string): string | undefined => types.get(name.toLowerCase());
  const available = (): string => {
    const fields = [...types.keys()].filter((name) => name !== '__unit');
    return listed([...new Set([...fields, ...known])]);
  };

  for (const name of condition?.needed ?? []) {
    if (typeOf(name) !== undefined) continue;
    throw badCondition(plan.where ?? '', `there is no column ${JSON.stringify(name)}; there are ${available()}`);
  }
  for (const [option, name] of [
    ['by', plan.by],
    ['per', plan.per],
  ] as const) {
    if (name === undefined || typeOf(name) !== undefined) continue;
    throw new EvosiftError(
      'bad_argument',
      `rank: \`${option}\` ${name}: there is no such column; there are ${available()}`,
      { option },
    );
  }
  const byType = typeOf(plan.by) ?? '';
  if (!/^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/.test(byType)) {
    throw new EvosiftError(
      'bad_argument',
      `rank: \`by\` ${plan.by}: rows are ordered by a number, and this column is ${byType === 'VARCHAR' ? 'text' : byType}`,
      { option: 'by' },
    );
  }
  return {
    by: quoteName(plan.by),
    byIsDouble: byType === 'DOUBLE' || byType === 'FLOAT',
    per: plan.per === undefined ? null : quoteName(plan.per),
  };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 40);
  return `${shown.join(', ')}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ''}`;
}
