import type { DataOptions } from '../../rows/data-options.js';
import { openData } from '../../rows/open-data.js';
import { dataOf } from '../../runs/run-data.js';
import { readManifest } from '../../runs/read-run.js';
import type { FileScoringSettings } from './score-files-options.js';

/**
 * Sees that the data files and earlier runs that `scoreFiles` will be told to read are there and are such, and brings
 * here what is on the hub. It reads no rows, so that it can be asked before a model is loaded.
 *
 * @returns What the data are from here on: the files that were found, by name, and nothing left to choose among them.
 * @throws EvosiftError as `openData` and `readManifest`.
 */
export async function findInputs(settings: FileScoringSettings): Promise<DataOptions> {
  const { data = [], hub = false, from, reuse } = settings;
  for (const run of [from, reuse]) if (run !== undefined) await readManifest(run);
  if (data.length === 0 || data[0] === '-') return {};
  const { rows, hubNames } = await openData(hub ? data : await dataOf(data), settings);
  const found = rows.files.map(({ path }, number) => hubNames[number] ?? path);
  return { data: found, hub: false, config: undefined };
}
