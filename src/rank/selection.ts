import type { DuckDBConnection } from '@duckdb/node-api';
import { badExpression, firstSentence } from './expression.js';
import { queryRow, queryRows } from '../database/database.js';
import type { RankPlan } from './plan.js';
import { shareInSql } from '../runs/share.js';
import type { DistanceReason } from './diversity/distance-table.js';

/** Why a row is not among the kept ones. */
export type LeftOut = 'unscored' | 'where' | 'max_ifd' | 'no_value' | DistanceReason | 'not_chosen' | 'below_top';

/** How many rows (score lines) a selection kept and left out. */
export interface SelectionCounts {
  readonly rows: number;
  readonly scored: number;
  /** Scored rows that pass the filters. */
  readonly left: number;
  readonly kept: number;
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
}

/** What of view `score` a selection goes by, in SQL. */
export interface SelectionColumns {
  /** A column, or an expression, which is NULL where it can't be worked out. */
  readonly by: string;
  /** Whether `by` can hold NaN and infinities. */
  readonly byIsDouble: boolean;
  readonly per: string | null;
}

/** What is selected by the distances between rows: table `distances`, and then some of what is left. */
export interface ByDistances {
  /** @param eligible SQL for units and their places in the order. */
  readonly leaveOut: (eligible: string) => Promise<void>;
  /** Fills tables `pool` and `chosen` (unit). Absent where the best rows are selected. */
  readonly choose?: (count: number) => Promise<void>;
}

/**
 * Filters, orders and cuts the rows of view `score` (column `__unit` numbers them in input order): makes table
 * `selection` (unit, position from 1, best first) and view `rest` (unit, left_out).
 *
 * Ties keep input order. Rows whose `by` is NULL, NaN or infinite never rank; they still count among the rows that a
 * percentage is taken of.
 * Throws `bad_argument` where the condition does not fit the columns.
 */
export async function select(
  connection: DuckDBConnection,
  plan: RankPlan,
  columns: SelectionColumns,
  distances: ByDistances | null = null,
): Promise<SelectionCounts> {
  await filter(connection, plan, columns);
  const best = `key ${plan.ascending ? 'ASC' : 'DESC'}, unit`;
  if (distances !== null) {
    const order = `row_number() OVER (ORDER BY ${best})`;
    await distances.leaveOut(`SELECT unit, ${order} AS place FROM judged WHERE filtered IS NULL AND ranks`);
    await connection.run(`
      UPDATE judged SET filtered = distances.left_out FROM distances
      WHERE distances.unit = judged.unit AND distances.left_out IS NOT NULL`);
  }
  const counted = plan.of === 'all' ? `status = 'scored'` : `filtered IS NULL`;
  const wanted = (rows: string): string => (plan.top === null ? rows : shareInSql(plan.top, rows));
  if (columns.per === null) {
    const [top] = await queryRow(connection, `SELECT ${wanted(`count(*) FILTER (${counted})`)} FROM judged`);
    if (distances?.choose !== undefined) {
      await distances.choose(Number(top));
      await connection.run(
        `UPDATE judged SET filtered = 'not_chosen' WHERE unit IN (SELECT unit FROM pool ANTI JOIN chosen USING (unit))`,
      );
    }
    await connection.run(`
      CREATE TABLE selection AS SELECT unit, key, CAST(row_number() OVER () AS INTEGER) AS position
      FROM (SELECT unit, key FROM judged WHERE filtered IS NULL AND ranks ORDER BY ${best} LIMIT ${String(top)})`);
  } else {
    await connection.run(`
      CREATE TABLE selection AS SELECT unit, key, CAST(row_number() OVER () AS INTEGER) AS position
      FROM (
        SELECT unit, key FROM (
          SELECT unit, key, filtered IS NULL AND ranks AS eligible, count(*) FILTER (${counted}) OVER same AS counted,
            row_number() OVER (same ORDER BY eligible DESC, ${best}) AS place
          FROM judged WINDOW same AS (PARTITION BY grp))
        WHERE eligible AND place <= ${wanted('counted')} ORDER BY ${best})`);
  }
  await connection.run(`
    CREATE VIEW rest AS SELECT unit, CASE
        WHEN filtered IS NOT NULL THEN filtered WHEN NOT ranks THEN 'no_value' ELSE 'below_top' END AS left_out
    FROM judged ANTI JOIN selection USING (unit)`);
  return count(connection);
}

/** Makes table `judged`: each unit's key and group, and the filter that stopped it. */
async function filter(connection: DuckDBConnection, plan: RankPlan, columns: SelectionColumns): Promise<void> {
  const { by, byIsDouble, per } = columns;
  if (plan.where !== undefined) {
    try {
      await connection.run(
        `CREATE TABLE passed AS SELECT __unit FROM score WHERE status = 'scored' AND (\n${plan.where}\n)`,
      );
    } catch (error) {
      throw badExpression('where', plan.where, firstSentence(error), error);
    }
  }
  const filters = [
    `WHEN status <> 'scored' THEN 'unscored'`,
    plan.where === undefined ? '' : `WHEN passed.__unit IS NULL THEN 'where'`,
    plan.maxIfd === undefined ? '' : `WHEN ifd IS NULL OR ifd > ${plan.maxIfd} THEN 'max_ifd'`,
  ];
  await connection.run(`
    CREATE TABLE judged AS SELECT score.__unit AS unit, status, ${by} AS key, ${per ?? 'NULL'} AS grp,
      CASE ${filters.join(' ')} END AS filtered,
      ${byIsDouble ? `coalesce(isfinite(${by}), false)` : `${by} IS NOT NULL`} AS ranks
    FROM score ${plan.where === undefined ? '' : 'LEFT JOIN passed ON passed.__unit = score.__unit'}`);
}

async function count(connection: DuckDBConnection): Promise<SelectionCounts> {
  const [rows, scored, left, kept] = await queryRow(
    connection,
    `SELECT count(*), count(*) FILTER (status = 'scored'), count(*) FILTER (coalesce(filtered, 'not_chosen') = 'not_chosen'),
       (SELECT count(*) FROM selection) FROM judged`,
  );
  const leftOut: Partial<Record<LeftOut, number>> = {};
  const groups = queryRows(connection, 'SELECT left_out, count(*) FROM rest GROUP BY left_out ORDER BY left_out');
  for await (const [reason, number] of groups) leftOut[reason as LeftOut] = Number(number);
  return { rows: Number(rows), scored: Number(scored), left: Number(left), kept: Number(kept), leftOut };
}
