import type { DuckDBConnection } from '@duckdb/node-api';
import { EvosiftError } from '../base/errors.js';
import { queryRows, quoteName } from '../database/database.js';
import {
  badExpression,
  columnsOf,
  firstSentence,
  type ExpressionColumns,
  type ExpressionOption,
} from './expression.js';
import type { OrderedPlan } from './plan.js';
import type { SelectionColumns } from './selection.js';

/** What a plan's expressions name. */
export interface PlanExpressions {
  readonly where: ExpressionColumns | null;
  /** Of `by`; or the error that it is no expression, which counts where it is no column either. */
  readonly by: ExpressionColumns | EvosiftError;
}

/** What the plan's condition and order name. */
export async function expressionsOf(
  connection: DuckDBConnection,
  { where, by }: OrderedPlan,
): Promise<PlanExpressions> {
  return {
    where: where === undefined ? null : await columnsOf(connection, 'where', where),
    by: await columnsOf(connection, 'by', by).catch((error: unknown) => {
      if (error instanceof EvosiftError) return error;
      throw error;
    }),
  };
}

/** The columns that an expression may mean. */
export const namesIn = (named: ExpressionColumns | EvosiftError | null): string[] =>
  named === null || !('needed' in named) ? [] : [...named.needed, ...named.possible];

/**
 * Finds a plan's columns in view `score`. What `by` says is a column if there is one of that name, else an expression.
 * Throws `bad_argument` where there is no such column, or `by` is not numeric.
 *
 * @param known Names of all the rows' own columns, for the message.
 */
export async function resolveColumns(
  connection: DuckDBConnection,
  plan: OrderedPlan,
  expressions: PlanExpressions,
  known: Iterable<string>,
): Promise<SelectionColumns> {
  const types = await typesOf(connection, 'score');
  const typeOf = (name: string): string | undefined => types.get(name.toLowerCase());
  const available = (): string => {
    const fields = [...types.keys()].filter((name) => name !== '__unit');
    return listed([...new Set([...fields, ...known])]);
  };
  const checkNeeded = (option: ExpressionOption, expression: string, names: Iterable<string>): void => {
    for (const name of names) {
      if (typeOf(name) !== undefined) continue;
      const why = `there is no column ${JSON.stringify(name)}; there are ${available()}`;
      throw badExpression(option, expression, why);
    }
  };

  checkNeeded('where', plan.where ?? '', expressions.where?.needed ?? []);
  const { by: ordering } = expressions;
  const isNamed = 'needed' in ordering && ordering.needed.size === 1 && ordering.needed.has(plan.by);
  for (const [option, name] of [
    ['by', isNamed ? plan.by : undefined],
    ['per', plan.per],
  ] as const) {
    if (name === undefined || typeOf(name) !== undefined) continue;
    throw new EvosiftError(
      'bad_argument',
      `rank: \`${option}\` ${name}: there is no such column; there are ${available()}`,
      { option },
    );
  }
  const per = plan.per === undefined ? null : quoteName(plan.per);
  const column = typeOf(plan.by);
  if (column !== undefined)
    return { by: quoteName(plan.by), byIsDouble: isFloat(numeric(plan.by, 'column', column)), per };
  if (!('needed' in ordering)) throw ordering;
  checkNeeded('by', plan.by, ordering.needed);
  const value = `TRY((\n${plan.by}\n))`;
  const described = `(SELECT ${value} AS key FROM score WHERE (\n${plan.by}\n) IS NOT NULL)`;
  const type = await typesOf(connection, described).catch((error: unknown) => {
    throw badExpression('by', plan.by, firstSentence(error).replace('WHERE clause', 'a value of one row'), error);
  });
  if ([...ordering.needed, ...ordering.possible].every((name) => typeOf(name) === undefined)) {
    throw badExpression('by', plan.by, `it names no column; there are ${available()}`);
  }
  return { by: value, byIsDouble: isFloat(numeric(plan.by, 'expression', type.get('key') ?? '')), per };
}

/** Names (in lower case) and types of the columns of a table or query. */
async function typesOf(connection: DuckDBConnection, from: string): Promise<Map<string, string>> {
  const types = new Map<string, string>();
  const described = queryRows(connection, `SELECT column_name, column_type FROM (DESCRIBE FROM ${from})`);
  for await (const [name, type] of described) types.set(String(name).toLowerCase(), String(type));
  return types;
}

/** The type, if it is one of numbers. */
function numeric(by: string, what: 'column' | 'expression', type: string): string {
  if (/^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/.test(type)) return type;
  throw new EvosiftError(
    'bad_argument',
    `rank: \`by\` ${by}: rows are ordered by a number, and this ${what} is ${type === 'VARCHAR' ? 'text' : type}`,
    { option: 'by' },
  );
}

const isFloat = (type: string): boolean => type === 'DOUBLE' || type === 'FLOAT';

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 40);
  return `${shown.join(', ')}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ''}`;
}
