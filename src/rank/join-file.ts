import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { EvosiftError } from '../base/errors.js';

/** What a directory holds that its rows can be joined by: a judge's verdicts, an analysis' rows. */
const [VERDICTS, ANALYSED] = ['verdicts.jsonl', 'rows.parquet'];

/** A file to be joined. */
export interface JoinFile {
  readonly path: string;
  /** It is an analysis', whose rows may be those of several runs, which its column `run` names. */
  readonly isAnalysis: boolean;
}

/** The file that a path to be joined means. Throws `bad_data` where it is a directory without one. */
export async function joinFile(path: string): Promise<JoinFile> {
  const isDirectory = (await stat(path).catch(() => null))?.isDirectory() === true;
  if (!isDirectory) return { path, isAnalysis: false };
  for (const name of [VERDICTS, ANALYSED]) {
    const file = join(path, name);
    if ((await stat(file).catch(() => null))?.isFile() === true) return { path: file, isAnalysis: name === ANALYSED };
  }
  throw new EvosiftError(
    'bad_data',
    `rank: \`join\`: ${path} holds neither ${VERDICTS} nor ${ANALYSED}; name a file, or the run of a judge or an analysis`,
  );
}

/**
 * Which of an analysis' runs is meant: the one that is ranked, or the only one.
 *
 * @param names The runs that its rows name.
 * Throws `bad_data` where there are several others.
 */
export function analysedRun(path: string, names: ReadonlySet<string>, run: string): string | null {
  const own = [basename(resolve(run)), run].find((name) => names.has(name));
  if (own !== undefined || names.size <= 1) return own ?? null;
  throw new EvosiftError(
    'bad_data',
    `rank: \`join\`: ${path} is about the runs ${[...names].join(', ')}, and none of them is ${run}; analyse this one`,
  );
}
