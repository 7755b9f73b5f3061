import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EvosiftError } from '../base/errors.js';

/** What a directory holds that its rows can be joined by: a judge's verdicts, an analysis' rows. */
const OF_DIRECTORIES = ['verdicts.jsonl', 'rows.parquet'];

/** The file that a path to be joined means. Throws `bad_data` where it is a directory without one. */
export async function joinFile(path: string): Promise<string> {
  const isDirectory = (await stat(path).catch(() => null))?.isDirectory() === true;
  if (!isDirectory) return path;
  for (const name of OF_DIRECTORIES) {
    const file = join(path, name);
    if ((await stat(file).catch(() => null))?.isFile() === true) return file;
  }
  throw new EvosiftError(
    'bad_data',
    `rank: \`join\`: ${path} holds neither ${OF_DIRECTORIES.join(' nor ')}; name a file, or the run of a judge or an analysis`,
  );
}
