import { openRows } from '../../rows/open-rows.js';
import { readManifest } from '../../runs/read-run.js';
import type { FileScoringOptions } from './score-files-options.js';

/**
 * Sees that the data files and earlier runs that `scoreFiles` will be told to read are there and are such. It reads no
 * rows, so that it can be asked before a model is loaded.
 *
 * @throws EvosiftError `bad_data`, `bad_argument` as `openRows` and `readManifest`.
 */
export async function findInputs(options: FileScoringOptions): Promise<void> {
  const { data = [], from, reuse } = options;
  for (const run of [from, reuse]) if (run !== undefined) await readManifest(run);
  if (data.length > 0 && data[0] !== '-') await openRows(data, options);
}
