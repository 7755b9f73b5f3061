import { mkdir, readdir } from 'node:fs/promises';
import { EvosiftError } from '../base/errors.js';
import { unwritable } from '../base/file-error.js';
import { systemCode } from '../base/system-error.js';

/** The files of an analysis. */
export const ANALYSIS_FILES = { analysis: 'analysis.json', rows: 'rows.parquet' } as const;

/** Where the embeddings of runs are kept for the next time. */
export const EMBEDDINGS_FOLDER = 'embeddings';

/** Where what was measured of answers under a model's weights is kept. */
export const OUTPUT_SPACE_FOLDER = 'output-space';

/** What a process that was killed may leave. */
const LEFTOVER = /^\.database-|\.(?:partial|tmp|part)$/;

/**
 * Makes the directory of an analysis, or takes that of an earlier one.
 *
 * @throws EvosiftError `bad_argument` where it holds something else, or can't be made.
 */
export async function openOutputDirectory(path: string): Promise<void> {
  const names = await readdir(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw unwritable(path, error);
  });
  const known: readonly string[] = [...Object.values(ANALYSIS_FILES), EMBEDDINGS_FOLDER, OUTPUT_SPACE_FOLDER];
  const foreign = names.find((name) => !known.includes(name) && !LEFTOVER.test(name));
  if (foreign !== undefined) {
    const text = `analyze: \`out\` ${path} holds something else than an analysis (${foreign}); name another directory`;
    throw new EvosiftError('bad_argument', text, { option: 'out' });
  }
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}
