import type { DuckDBConnection } from '@duckdb/node-api';
import { isRecord } from '../base/json.js';
import { EvosiftError, messageOf } from '../base/errors.js';
import { queryRow, quoteText } from '../database/database.js';

/** The options that take an SQL expression over the columns: a condition, and a number. */
export type ExpressionOption = 'where' | 'by';

const KINDS: Readonly<Record<ExpressionOption, string>> = {
  where: 'one condition, as it stands after WHERE',
  by: 'one number of a row, as it stands in a SELECT',
};

/** The columns that an SQL expression names. */
export interface ExpressionColumns {
  /** Those that must exist. */
  readonly needed: ReadonlySet<string>;
  /** Names that may be columns, or else an alias or a lambda's parameter. */
  readonly possible: ReadonlySet<string>;
}

/** Functions of the moment, the session or the catalog, in DuckDB's parse. */
const OUTSIDE =
  /"function_name":"(now|today|transaction_timestamp|txid_current|current_\w+|in_search_path|getvariable|get_current_\w+)"/g;

type Node = Readonly<Record<string, unknown>>;

/**
 * The columns of an expression, from DuckDB's own parse of it.
 * Throws `bad_argument` where it is no single SQL expression; one of `by` asks nothing but its own row's columns.
 */
export async function columnsOf(
  connection: DuckDBConnection,
  option: ExpressionOption,
  expression: string,
): Promise<ExpressionColumns> {
  const statement = `SELECT 1 WHERE (\n${expression}\n)`;
  const [text] = await queryRow(connection, `SELECT CAST(json_serialize_sql(${quoteText(statement)}) AS VARCHAR)`);
  const parsed: unknown = JSON.parse(String(text));
  if (!isRecord(parsed) || parsed.error !== false) {
    throw badExpression(option, expression, isRecord(parsed) ? String(parsed.error_message) : 'it is no SQL');
  }
  const statements = Array.isArray(parsed.statements) ? (parsed.statements as unknown[]) : [];
  const node = isRecord(statements[0]) ? statements[0].node : null;
  if (statements.length !== 1 || !isRecord(node) || !isPlainCondition(node)) {
    throw badExpression(option, expression, `it must be ${KINDS[option]}`);
  }
  const needed = new Set<string>();
  const possible = new Set<string>();
  const classes = new Set<unknown>();
  collect(node.where_clause, new Set(), needed, possible, classes);
  if (option === 'by' && (classes.has('SUBQUERY') || classes.has('STAR'))) {
    throw badExpression(option, expression, `it must be ${KINDS.by}, without subqueries`);
  }
  const outside = option === 'by' ? [...String(text).matchAll(OUTSIDE)] : [];
  if (outside.length > 0) throw badExpression(option, expression, `${outside[0]?.[1]} says nothing of a row`);
  return { needed, possible };
}

/** The error of an expression that can't be used: the expression, and why. */
export function badExpression(
  option: ExpressionOption,
  expression: string,
  why: string,
  cause?: unknown,
): EvosiftError {
  return new EvosiftError('bad_argument', `rank: \`${option}\` ${JSON.stringify(expression)}: ${why}`, {
    cause,
    option,
  });
}

/** DuckDB's message without its kind, the repeated statement and the pointer into it. */
export function firstSentence(error: unknown): string {
  const message = messageOf(error);
  const [line = '', ...more] = message.split('\n').filter((part) => part.trim() !== '');
  const hint = more.find((part) => part.startsWith('Did you mean'));
  return `${line.replace(/^[A-Z][A-Za-z ]+ Error: /, '')}${hint === undefined ? '' : ` ${hint}`}`;
}

/** No part of a SELECT but its WHERE: a closing bracket in the condition could have begun others. */
function isPlainCondition(node: Node): boolean {
  return (
    node.type === 'SELECT_NODE' &&
    isRecord(node.where_clause) &&
    isEmpty(node.group_expressions) &&
    isEmpty(node.modifiers) &&
    (node.having ?? null) === null &&
    (node.qualify ?? null) === null &&
    (node.sample ?? null) === null
  );
}

function collect(
  value: unknown,
  parameters: ReadonlySet<string>,
  needed: Set<string>,
  possible: Set<string>,
  classes: Set<unknown>,
): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, parameters, needed, possible, classes);
    return;
  }
  if (!isRecord(value)) return;
  classes.add(value.class);
  if (value.class === 'COLUMN_REF') {
    const path: unknown[] = Array.isArray(value.column_names) ? value.column_names : [];
    const name = String(path[0]);
    if (!parameters.has(name)) (path.length === 1 ? needed : possible).add(name);
    return;
  }
  if (value.class === 'LAMBDA') {
    // `x -> …` and `column -> '$.path'` are parsed alike.
    const names = new Set<string>();
    collect(value.lhs, new Set(), names, names, classes);
    for (const name of names) if (!parameters.has(name)) possible.add(name);
    collect(value.expr, new Set([...parameters, ...names]), needed, possible, classes);
    return;
  }
  for (const child of Object.values(value)) collect(child, parameters, needed, possible, classes);
}

const isEmpty = (list: unknown): boolean => !Array.isArray(list) || list.length === 0;
