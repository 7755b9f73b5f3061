import { basename } from 'node:path';
import { dataName, runDirectory } from '../../runs/run-name.js';
import type { ScorerInfo } from '../scorer.js';
import type { FileScoringSettings } from './score-files-options.js';

/** What a start may have otherwise without being another run. */
const FREE = [
  'out',
  'input',
  'rows',
  'limit',
  'force',
  'strict',
  'batchTokens',
  'signal',
  'onProgress',
  'onDownload',
  'logger',
];

/**
 * Where a run goes that was given no place: `runs/DATA-MODEL-RECIPE-DTYPE-HASH`, where HASH is over all options that
 * make it another run. The same command finds the same directory again.
 */
export function defaultDirectory(settings: FileScoringSettings, info: ScorerInfo): string {
  const { data = [], from, recipe } = settings;
  const [first = from ?? 'rows', ...others] = data;
  const named = first === '-' ? 'stdin' : dataName([first, ...others]);
  // What is off is not meant.
  const meant = Object.entries(settings)
    .filter(([field, value]) => !FREE.includes(field) && value !== false)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const { model, revision, engine, device, dtype } = info;
  return runDirectory([named, basename(model), recipe, dtype], [meant, { model, revision, engine, device, dtype }]);
}
