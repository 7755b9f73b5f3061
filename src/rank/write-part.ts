import type { Writable } from 'node:stream';
import { EvosiftError } from '../base/errors.js';
import { queryRow, type Database } from '../database/database.js';
import { isFile, type OutputFile, type RankPlan } from './plan.js';
import { OutputStream, writeStream, writeWhole } from './output-stream.js';
import { addedSources, rankedRows, SOURCE_TEXT, type Part, type RankedRun } from './ranked-rows.js';
import { isAddedColumn, ownFieldBytes } from './row-text.js';
import { watched } from './watched-rows.js';
import { writeCsv, type CsvLayout } from './write-csv.js';
import { writeJsonArray, writeJsonLines } from './write-json.js';
import { writeParquet, type AddedColumn } from './write-parquet.js';

export interface PartContext {
  readonly plan: RankPlan;
  readonly database: Database;
  /** Names of the rows' own columns. */
  readonly names: ReadonlySet<string>;
}

/** More columns than any table has: these are the keys of a dictionary. */
const MOST_COLUMNS = 10_000;

/** Writes the kept rows or all others, in the output's format. */
export async function writePart(
  run: RankedRun,
  part: Part,
  output: OutputFile | Writable,
  { plan, database, names }: PartContext,
): Promise<void> {
  const rows = watched(rankedRows(run, part), plan);
  if (!isFile(output)) {
    const stream = new OutputStream(output);
    await writeJsonLines(rows, stream);
    await stream.flush();
    return;
  }
  const { path, format, compression } = output;
  await writeWhole(path, async (partial) => {
    const write = (text: (stream: OutputStream) => Promise<void>): Promise<void> =>
      writeStream(partial, text, compression);
    if (format === 'jsonl') return write((stream) => writeJsonLines(rows, stream));
    if (format === 'json') return write((stream) => writeJsonArray(rows, stream));
    const own = [...names].filter((name) => !isAddedColumn(name));
    if (own.length > MOST_COLUMNS) {
      throw new EvosiftError(
        'bad_argument',
        `rank: the rows have ${own.length} different keys, too many for the columns of ${path}; write .jsonl`,
      );
    }
    const added = await addedColumns(run, part);
    if (format === 'csv') return write((stream) => writeCsv(rows, stream, csvLayout(run, own, added)));
    return writeParquet(rows, partial, database, { own, types: run.sources.types, added });
  });
}

/** The columns that this part's rows are given; the text of a broken row only where there are such rows. */
async function addedColumns(run: RankedRun, part: Part): Promise<AddedColumn[]> {
  const columns: AddedColumn[] = addedSources(run, part);
  if (part === 'selection') return columns;
  const [broken] = await queryRow(run.connection, 'SELECT count(*) FROM places WHERE broken');
  return Number(broken) === 0 ? columns : [...columns, { name: SOURCE_TEXT, type: 'VARCHAR' }];
}

/** A CSV source's own delimiter and spelling of names are kept. */
function csvLayout({ sources }: RankedRun, own: readonly string[], added: readonly AddedColumn[]): CsvLayout {
  const csv = sources.shapes.find((shape) => shape.kind === 'csv');
  const names = csv === undefined ? own : [...new Set([...ownNames(csv.names), ...own])];
  return {
    own: names,
    added: added.map(({ name }) => name),
    delimiter: csv?.delimiter ?? ',',
    spelled: csv === undefined ? new Map() : ownFieldBytes(csv.header, csv),
  };
}

const ownNames = (names: readonly string[]): string[] => names.filter((name) => !isAddedColumn(name));
