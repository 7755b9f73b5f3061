import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { ScorerInfo } from '../scorer.js';
import type { ScoreFilesOptions } from './run-options.js';

/** What a start may have otherwise without being another run. */
const FREE = ['out', 'input', 'limit', 'force', 'strict', 'batchTokens', 'signal', 'onProgress', 'logger'];

/**
 * Where a run goes that was given no place: `runs/DATA-MODEL-RECIPE-DTYPE-HASH`, where HASH is over all options that
 * make it another run. The same command finds the same directory again.
 */
export function defaultDirectory(options: ScoreFilesOptions, info: ScorerInfo): string {
  const { data = [], from, recipe = 'paper' } = options;
  const [first = from ?? 'rows', ...others] = data;
  const named = first === '-' ? 'stdin' : `${stem(first)}${others.length > 0 ? `+${others.length}` : ''}`;
  const meant = Object.entries(options)
    .filter(([field, value]) => !FREE.includes(field) && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const { model, revision, engine, device, dtype } = info;
  const text = JSON.stringify([meant, { model, revision, engine, device, dtype }]);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return join('runs', [named, basename(model), recipe, dtype, hash].map(asName).join('-'));
}

const stem = (path: string): string =>
  basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.[^.]+$/, '');

/** Letters that are no trouble in a file name. */
const asName = (text: string): string => text.replaceAll(/[^\w.+-]+/g, '_').slice(0, 60);
