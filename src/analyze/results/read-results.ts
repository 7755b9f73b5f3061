import { readFile, stat } from 'node:fs/promises';
import { EvosiftError } from '../../base/errors.js';
import { unreadable } from '../../base/file-error.js';
import { silentLogger, type Logger } from '../../base/logger.js';
import { isRecord } from '../../base/json.js';
import { parseJson } from '../../rows/readers/json-text.js';
import { openRows } from '../../rows/open-rows.js';
import { ALPACA_EVAL } from './alpaca-eval.js';
import type { BenchmarkResult } from './benchmark-result.js';
import { harnessResults } from './lm-evaluation-harness.js';
import { openCompassResults, OPENCOMPASS_SUMMARY } from './opencompass.js';
import { PLAIN_TABLE } from './plain-table.js';
import type { TableLayout } from './table-layout.js';

const TABLES: readonly TableLayout[] = [PLAIN_TABLE, OPENCOMPASS_SUMMARY, ALPACA_EVAL];

/**
 * Benchmark results as people have them; which kind of file it is shows in what it holds: a result file of
 * lm-evaluation-harness or OpenCompass, a summary of OpenCompass, a leaderboard of AlpacaEval, or a table
 * `series,x,metric,value[,stderr]` (CSV, JSON lines or Parquet).
 *
 * @param logger Warned of values that are NaN, which are left out.
 * @throws EvosiftError `bad_data` where the file can't be read, is of none of these kinds (its columns are named, and
 *   those that are expected), a cell is no number, or one result has two values.
 */
export async function readResults(file: string, logger: Logger = silentLogger): Promise<readonly BenchmarkResult[]> {
  const document = await readObject(file);
  // One row of JSON lines is an object, too.
  const isDocument = document !== null && layoutOf(Object.keys(document)) === null;
  const read = isDocument ? documentResults(document, file) : await tableResults(file);
  const results = read.filter(({ value }) => !Number.isNaN(value));
  const [first] = read.filter(({ value }) => Number.isNaN(value));
  if (first !== undefined) {
    const count = read.length - results.length;
    logger.warn(
      { file, count },
      `${file}: ${count} of ${read.length} values are NaN and left out, the first being ${nameOf(first)}`,
    );
  }
  checkValues(file, results);
  if (results.length > 0) return results;
  throw new EvosiftError('bad_data', `${file} has no results: no number stands where one is expected`);
}

/** @throws EvosiftError `bad_data` where one result has two values. */
function checkValues(file: string, results: readonly BenchmarkResult[]): void {
  const values = new Map<string, number>();
  for (const result of results) {
    const key = JSON.stringify([result.series, result.x, result.metric]);
    const before = values.get(key) ?? result.value;
    if (before !== result.value) {
      const both = `${before} and ${result.value}`;
      throw new EvosiftError('bad_data', `${file}: ${nameOf(result)} has two values, ${both}; keep one of them`);
    }
    values.set(key, result.value);
  }
}

const nameOf = ({ series, x, metric }: BenchmarkResult): string => quoted([series, x, metric]);

function documentResults(document: Readonly<Record<string, unknown>>, file: string): readonly BenchmarkResult[] {
  const results = harnessResults(document, file) ?? openCompassResults(document, file);
  if (results === null) throw unknownFile(file, 'fields', Object.keys(document));
  return results;
}

async function tableResults(file: string): Promise<readonly BenchmarkResult[]> {
  const results: BenchmarkResult[] = [];
  let layout: TableLayout | null = null;
  for await (const { index, line, record, problem } of await openRows([file])) {
    if (record === null) throw new EvosiftError('bad_data', problem?.detail ?? `${file}: a row can't be read`);
    const where = `${file} ${line === null ? `row ${index}` : `line ${line}`}`;
    layout ??= requireLayout(file, Object.keys(record));
    checkColumns(layout, Object.keys(record), results.length === 0 ? file : where);
    results.push(...layout.results(record, where));
  }
  return results;
}

const layoutOf = (columns: readonly string[]): TableLayout | null => TABLES.find(({ fits }) => fits(columns)) ?? null;

function requireLayout(file: string, columns: readonly string[]): TableLayout {
  const layout = layoutOf(columns);
  if (layout === null) throw unknownFile(file, 'columns', columns);
  return layout;
}

/** Later rows of JSON lines may have columns of their own. */
function checkColumns({ unknown: unknownOf, expected }: TableLayout, columns: readonly string[], where: string): void {
  const unknown = unknownOf(columns);
  if (unknown.length === 0) return;
  throw new EvosiftError(
    'bad_data',
    `${where}: unknown columns ${quoted(unknown)}; a table of this kind has ${expected}`,
  );
}

/** The object that a file is; null where it is something else. */
async function readObject(file: string): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    if ((await stat(file)).size > LARGEST_DOCUMENT) return null;
    const value: unknown = parseJson(await readFile(file, 'utf8'));
    return isRecord(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw unreadable(file, error);
  }
}

/** Bytes; those of tools have some thousands. */
const LARGEST_DOCUMENT = 64 * 1024 * 1024;

const unknownFile = (file: string, what: 'columns' | 'fields', names: readonly string[]): EvosiftError =>
  new EvosiftError(
    'bad_data',
    `${file} holds no results that are known; its ${what} are ${quoted(names)}\n` +
      `expected: ${TABLES.map(({ expected }) => expected).join('; ')}; a result file of lm-evaluation-harness or OpenCompass`,
  );

const MOST_NAMED = 12;

const quoted = (names: readonly string[]): string => {
  const shown = names.slice(0, MOST_NAMED).map((name) => `'${name.slice(0, 60)}'`);
  return [...shown, ...(names.length > MOST_NAMED ? ['…'] : [])].join(', ');
};
