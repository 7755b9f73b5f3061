import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { fingerprint } from '../../src/rows/fingerprint.js';
import { openRows } from '../../src/rows/open-rows.js';
import { openAgain, type OpenedAs } from '../../src/rows/opened-as.js';
import { ScoredRun } from '../../src/runs/scored-run.js';
import type { RunIdentity } from '../../src/runs/run-identity.js';
import type { ScoreLine } from '../../src/runs/score-line.js';
import { identity as standing, start } from '../support/run-identity.js';

export { scored, unscored } from '../support/score-line.js';

const folders: string[] = [];

/** A folder of its own, removed when the file's tests are done. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'evosift-rank-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface RunFixture {
  readonly identity?: Partial<RunIdentity>;
  /** How its files are opened. */
  readonly open?: OpenedAs;
  readonly complete?: boolean;
}

/** Writes a run over data files, as `score` does, and returns its directory. */
export async function writeRun(
  folder: string,
  paths: readonly string[],
  lines: readonly ScoreLine[],
  { identity = {}, open = {}, complete = true }: RunFixture = {},
): Promise<string> {
  const { files } = await openRows(paths, openAgain(open));
  const run = join(folder, 'run');
  const directory = await ScoredRun.open(run, {
    start: { ...start, paths },
    identity: {
      ...standing,
      data: { files: await fingerprint(files), rows: null, from: null, ...open },
      columns: { instruction: 'instruction', input: 'input', output: 'output' },
      ...identity,
    },
  });
  await directory.commit(lines);
  await directory.writeSummary({ seconds: 1, rowsS: 1, tokensS: 1, stages: {} }, complete);
  await directory.close();
  return run;
}

/** Writes `text` into a new folder's file `name`, with a run of `lines` over it. */
export async function runOver(
  name: string,
  text: string | Buffer,
  lines: readonly ScoreLine[],
  options: RunFixture = {},
): Promise<{ folder: string; run: string; data: string }> {
  const folder = newFolder();
  const data = join(folder, name);
  writeFileSync(data, text);
  return { folder, data, run: await writeRun(folder, [data], lines, options) };
}

/** Rows of one field each, `n` from 0. */
export const plainRows = (count: number): string =>
  Array.from({ length: count }, (_, n) => `${JSON.stringify({ instruction: `do ${n}`, output: 'done', n })}\n`).join(
    '',
  );

export const textLines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);

export interface RankedObject {
  readonly evosift: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}

export const jsonLines = (path: string): RankedObject[] =>
  textLines(path).map((line) => JSON.parse(line) as RankedObject);

/** A row's own fields. */
export const withoutScores = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'evosift'));

/** The rows' positions in the data, in the order of the file. */
export const indexes = (path: string): number[] => jsonLines(path).map((row) => Number(row.evosift['index']));

/** A query in a database of its own. */
export async function query(sql: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
  }
}
