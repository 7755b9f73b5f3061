import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { ScoreLine } from '../runs/score-line.js';
import { snakeCase, toSnakeCase } from '../base/snake-case.js';
import { ColumnProfile, typedCell } from './column-profile.js';
import { appendText } from '../database/database.js';
import type { RowLineage } from './lineage.js';

/** A score line, with the lineage of a row that an evolution made. */
export type RankedLine = ScoreLine & Partial<RowLineage>;

type FieldName = Exclude<keyof RankedLine, 'nllQ' | 'nllAGivenQ' | 'nllA'>;
type FieldType = 'INTEGER' | 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' | 'JSON';

const LINEAGE: readonly (readonly [keyof RowLineage, FieldType])[] = [
  ['op', 'VARCHAR'],
  ['generator', 'VARCHAR'],
  ['round', 'INTEGER'],
  ['parent', 'VARCHAR'],
  ['seed', 'VARCHAR'],
];

/** Fields that only some runs have. */
const OCCASIONAL: readonly (readonly [FieldName, FieldType])[] = [
  ['tokens', 'INTEGER'],
  ['turn', 'INTEGER'],
  ['pplADirect', 'DOUBLE'],
  ['pplACondition', 'DOUBLE'],
  ['ifdPpl', 'DOUBLE'],
  ['icIfdPpl', 'DOUBLE'],
  ['turns', 'JSON'],
  ...LINEAGE,
];

/**
 * The fields that a ranking carries along, in order; columns are called as in the files. `JSON` ones are held as JSON text. The losses
 * themselves (`--per-token`) stay in the run.
 */
const FIELDS: readonly (readonly [FieldName, FieldType])[] = [
  ['index', 'INTEGER'],
  ['id', 'JSON'],
  ['status', 'VARCHAR'],
  ['reason', 'VARCHAR'],
  ['lossQ', 'DOUBLE'],
  ['lossAGivenQ', 'DOUBLE'],
  ['lossA', 'DOUBLE'],
  ['ifd', 'DOUBLE'],
  ['icIfd', 'DOUBLE'],
  ['tokensQ', 'INTEGER'],
  ['tokensA', 'INTEGER'],
  ['tokensAAlone', 'INTEGER'],
  ['tokensInstruction', 'INTEGER'],
  ['truncated', 'BOOLEAN'],
  ['hash', 'VARCHAR'],
  ...OCCASIONAL,
];

/** An appender would keep 200,000 lines to itself, outside the database's memory limit. */
const LINES_PER_FLUSH = 16_384;

const TURNS =
  '[{"loss_a_given_q":"DOUBLE","loss_a":"DOUBLE","ifd":"DOUBLE","tokens_a":"INTEGER","tokens_a_alone":"INTEGER"}]';

/** A field of the lines: its name, how table `lines` holds it, and SQL for its typed value. */
export interface ScoreColumn {
  readonly name: string;
  readonly type: FieldType;
  readonly value: string;
}

/** The fields that every score line has. */
export const STANDING_FIELDS: readonly string[] = FIELDS.slice(0, -OCCASIONAL.length).map(([name]) => snakeCase(name));

/** The fields that the lines of evolved rows have besides. */
export const LINEAGE_FIELDS: readonly string[] = LINEAGE.map(([name]) => name);

/** Table `lines`: one row per score line (a unit of the ranking), numbered in input order. */
export class ScoreTable {
  readonly #appender: DuckDBAppender;
  readonly #seen = new Set<FieldName>();
  readonly #ids = new ColumnProfile();

  private constructor(appender: DuckDBAppender) {
    this.#appender = appender;
  }

  static async create(connection: DuckDBConnection): Promise<ScoreTable> {
    const columns = FIELDS.map(([name, type]) => `${snakeCase(name)} ${type === 'JSON' ? 'VARCHAR' : type}`);
    await connection.run(`CREATE TABLE lines (unit INTEGER, ${columns.join(', ')})`);
    return new ScoreTable(await connection.createAppender('lines'));
  }

  append(unit: number, line: RankedLine): void {
    this.#appender.appendInteger(unit);
    for (const [name, type] of FIELDS) {
      const value = line[name];
      if (value !== undefined) this.#seen.add(name);
      this.#appendField(value ?? null, type);
    }
    this.#appender.endRow();
    this.#ids.add(JSON.stringify(line.id));
    if (unit % LINES_PER_FLUSH === LINES_PER_FLUSH - 1) this.#appender.flushSync();
  }

  #appendField(value: RankedLine[FieldName] | null, type: FieldType): void {
    if (value === null) this.#appender.appendNull();
    else if (type === 'INTEGER') this.#appender.appendInteger(Number(value));
    else if (type === 'DOUBLE') this.#appender.appendDouble(Number(value));
    else if (type === 'BOOLEAN') this.#appender.appendBoolean(value === true);
    else
      appendText(
        this.#appender,
        type === 'JSON' ? JSON.stringify(typeof value === 'object' ? toSnakeCase(value) : value) : String(value),
      );
  }

  /** No lines follow. */
  finish(): void {
    this.#appender.closeSync();
  }

  /** The fields that this run's lines have. */
  get columns(): ScoreColumn[] {
    return FIELDS.filter(([name]) => this.#seen.has(name)).map(([name, type]) => ({
      name: snakeCase(name),
      type,
      value: this.#value(name, type),
    }));
  }

  #value(name: FieldName, type: FieldType): string {
    if (type !== 'JSON') return `lines.${snakeCase(name)}`;
    return name === 'id' ? typedCell('lines.id', this.#ids.type) : `from_json(lines.${snakeCase(name)}, '${TURNS}')`;
  }
}

/**
 * The line with `ifd_ppl` and `ic_ifd_ppl` formed from its losses, each L replaced by exp(L). Those that the recipe
 * reported itself stand.
 */
export function withPerplexityForm(line: ScoreLine): ScoreLine {
  const { lossQ: q, lossAGivenQ: aGivenQ, lossA: a } = line;
  const ratio = line.status === 'scored' && aGivenQ !== null && a !== null ? Math.exp(aGivenQ - a) : null;
  const contextual = ratio !== null && aGivenQ !== null && a !== null && q !== null ? Math.exp(aGivenQ - a - q) : null;
  return { ...line, ifdPpl: line.ifdPpl ?? ratio, icIfdPpl: line.icIfdPpl ?? contextual };
}
