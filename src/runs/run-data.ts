import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { readAnyManifest, RUN_FILES } from './read-run.js';
import type { RunStart } from './run-identity.js';

/** The rows that an evolution makes, in its run directory. */
export const DATASET_FILE = 'dataset.jsonl';

/** The rows that AutoIF makes, in its run directory. */
export const SFT_FILE = 'sft.jsonl';

/** Where rows that were made are scored, in their run directory: a scored run. */
export const SCORED_FOLDER = 'scored';

/**
 * Where rows are read from: a run directory stands for the rows that it made, or that it scored; files, globs and other
 * directories for themselves.
 *
 * @throws EvosiftError `bad_data` where a run's manifest can't be read, or the run makes no rows.
 */
export async function dataOf(sources: readonly string[]): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const source of sources) paths.push(...(await pathsOf(source)));
  return paths;
}

async function pathsOf(source: string): Promise<readonly string[]> {
  if (!existsSync(join(source, RUN_FILES.manifest))) return [source];
  const { identity, starts } = await readAnyManifest<{ readonly kind?: string }>(source);
  if (identity.kind === 'judge') {
    throw new EvosiftError('bad_data', `${source} is a run of \`evosift judge\`, which makes no rows; name what it judged`);
  }
  if (identity.kind !== undefined) return [join(source, identity.kind === 'autoif' ? SFT_FILE : DATASET_FILE)];
  return (starts.at(-1) as RunStart | undefined)?.paths ?? [];
}

/**
 * Whether an evolution made a file's rows: it is the `dataset.jsonl` of one, in its run directory.
 *
 * @throws EvosiftError `bad_data` where the manifest beside it can't be read.
 */
export async function isEvolved(path: string): Promise<boolean> {
  const run = dirname(path);
  if (basename(path) !== DATASET_FILE || !existsSync(join(run, RUN_FILES.manifest))) return false;
  return (await readAnyManifest<{ readonly kind?: string }>(run)).identity.kind === 'evolve';
}

/** The scored run that a directory holds: its own, or that of the rows that it made. */
export function scoredRun(run: string): string {
  const inside = join(run, SCORED_FOLDER);
  return existsSync(join(inside, RUN_FILES.manifest)) ? inside : run;
}
