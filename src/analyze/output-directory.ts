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

/** What a process that was killed may leave, and what desktops hide in folders (.DS_Store). */
const OF_NO_MATTER = /^\.|\.(?:partial|tmp|part)$/;

/**
 * Makes the directory of an analysis, or takes that of an earlier one.
 *
 * @throws EvosiftError `bad_argument` where it holds something else, or can't be made.
 */
export async function openOutputDirectory(path: string): Promise<void> {
  const names = await readdir(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    if (systemCode(error) === 'ENOTDIR') {
      const text = `analyze: \`out\` ${path} is a file, or lies in one; name a directory, in which the analysis's files are written`;
      throw new EvosiftError('bad_argument', text, { option: 'out', cause: error });
    }
    throw unwritable(path, error);
  });
  const known: readonly string[] = [...Object.values(ANALYSIS_FILES), EMBEDDINGS_FOLDER, OUTPUT_SPACE_FOLDER];
  const foreign = names.find((name) => !known.includes(name) && !OF_NO_MATTER.test(name));
  if (foreign !== undefined) {
    const text = `analyze: \`out\` ${path} holds something else than an analysis (${foreign}); name another directory`;
    throw new EvosiftError('bad_argument', text, { option: 'out' });
  }
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}
