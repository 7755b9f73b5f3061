import type { DuckDBConnection } from '@duckdb/node-api';
import { isRecord } from '../base/json.js';
import { EvosiftError, messageOf } from '../base/errors.js';
import { queryRow, quoteText } from '../database/database.js';

/** The columns that an SQL condition names. */
export interface ExpressionColumns {
  /** Those that must exist. */
  readonly needed: ReadonlySet<string>;
  /** Names that may be columns, or else an alias or a lambda's parameter. */
  readonly possible: ReadonlySet<string>;
}

type Node = Readonly<Record<string, unknown>>;

/**
 * The columns of a condition, from DuckDB's own parse of it.
 * Throws `bad_argument` where it is no single SQL condition.
 */
export async function columnsOf(connection: DuckDBConnection, condition: string): Promise<ExpressionColumns> {
  const statement = `SELECT 1 WHERE (\n${condition}\n)`;
  const [text] = await queryRow(connection, `SELECT CAST(json_serialize_sql(${quoteText(statement)}) AS VARCHAR)`);
  const parsed: unknown = JSON.parse(String(text));
  if (!isRecord(parsed) || parsed.error !== false) {
    throw badCondition(condition, isRecord(parsed) ? String(parsed.error_message) : 'it is no SQL condition');
  }
  const statements = Array.isArray(parsed.statements) ? (parsed.statements as unknown[]) : [];
  const node = isRecord(statements[0]) ? statements[0].node : null;
  if (statements.length !== 1 || !isRecord(node) || !isPlainCondition(node)) {
    throw badCondition(condition, 'it must be one condition, as it stands after WHERE');
  }
  const needed = new Set<string>();
  const possible = new Set<string>();
  collect(node.where_clause, new Set(), needed, possible);
  return { needed, possible };
}

/** The error of a condition that can't be used: the condition, and why. */
export function badCondition(condition: string, why: string, cause?: unknown): EvosiftError {
  return new EvosiftError('bad_argument', `rank: \`where\` ${JSON.stringify(condition)}: ${why}`, {
    cause,
    option: 'where',
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

function collect(value: unknown, parameters: ReadonlySet<string>, needed: Set<string>, possible: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, parameters, needed, possible);
    return;
  }
  if (!isRecord(value)) return;
  if (value.class === 'COLUMN_REF') {
    const path: unknown[] = Array.isArray(value.column_names) ? value.column_names : [];
    const name = String(path[0]);
    if (!parameters.has(name)) (path.length === 1 ? needed : possible).add(name);
    return;
  }
  if (value.class === 'LAMBDA') {
    // `x -> …` and `column -> '$.path'` are parsed alike.
    const names = new Set<string>();
    collect(value.lhs, new Set(), names, names);
    for (const name of names) if (!parameters.has(name)) possible.add(name);
    collect(value.expr, new Set([...parameters, ...names]), needed, possible);
    return;
  }
  for (const child of Object.values(value)) collect(child, parameters, needed, possible);
}

const isEmpty = (list: unknown): boolean => !Array.isArray(list) || list.length === 0;
