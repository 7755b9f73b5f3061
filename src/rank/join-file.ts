import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { SCORED_FOLDER } from '../runs/run-data.js';

/** What a directory holds that its rows can be joined by: a judge's verdicts, an analysis' rows. */
const [VERDICTS, ANALYSED] = ['verdicts.jsonl', 'rows.parquet'];

/** The file that a path to be joined means. Throws `bad_data` where it is a directory without one. */
export async function joinFile(path: string): Promise<string> {
  const isDirectory = (await stat(path).catch(() => null))?.isDirectory() === true;
  if (!isDirectory) return path;
  for (const name of [VERDICTS, ANALYSED]) {
    const file = join(path, name);
    if ((await stat(file).catch(() => null))?.isFile() === true) return file;
  }
  throw new EvosiftError(
    'bad_data',
    `rank: \`join\`: ${path} holds neither ${VERDICTS} nor ${ANALYSED}; name a file, or the run of a judge or an analysis`,
  );
}

/**
 * Which of an analysis' runs is meant: the one that is ranked, or the only one.
 *
 * @param names The runs that its rows name: by directory, or by path where two directories have one name.
 * @param run The ranked run, or the folder of its scores.
 * Throws `bad_data` where there are several others.
 */
export function analysedRun(path: string, names: ReadonlySet<string>, run: string): string | null {
  const scores = resolve(run);
  const directories = basename(scores) === SCORED_FOLDER ? [dirname(scores), scores] : [scores];
  const own = directories
    .flatMap((one) => [...names].filter((name) => name === basename(one) || resolve(name) === one))
    .at(0);
  if (own !== undefined || names.size <= 1) return own ?? null;
  throw new EvosiftError(
    'bad_data',
    `rank: \`join\`: ${path} is about the runs ${[...names].join(', ')}, and none of them is ${run}; analyse this one`,
  );
}
