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
  const named = first === '-' ? 'stdin' : dataName([first, ...others]);
  const meant = Object.entries(options)
    .filter(([field, value]) => !FREE.includes(field) && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const { model, revision, engine, device, dtype } = info;
  return runDirectory([named, basename(model), recipe, dtype], [meant, { model, revision, engine, device, dtype }]);
}

/** `runs/PARTS-HASH`, where HASH is over `meant`, what tells runs with equal parts apart. */
export function runDirectory(parts: readonly string[], meant: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(meant)).digest('hex').slice(0, 8);
  return join('runs', [...parts, hash].map(asName).join('-'));
}

/** What data are called in a run's name: the first file's name without its endings, and how many more there are. */
export const dataName = ([first = 'rows', ...others]: readonly string[]): string =>
  `${stem(first)}${others.length > 0 ? `+${others.length}` : ''}`;

const stem = (path: string): string =>
  basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.[^.]+$/, '');

/** Letters that are no trouble in a file name. */
const asName = (text: string): string => text.replaceAll(/[^\w.+-]+/g, '_').slice(0, 60);
