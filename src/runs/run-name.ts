import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { isHubSource, parseDatasetName } from '../rows/datasets/dataset-name.js';

/** `runs/PARTS-HASH`, where HASH is over `meant`, what tells runs with equal parts apart. */
export function runDirectory(parts: readonly string[], meant: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(meant)).digest('hex').slice(0, 8);
  return join('runs', [...parts, hash].map(asName).join('-'));
}

/**
 * What data are called in a run's name: the first file's name without its endings, or the dataset's, and how many more
 * there are.
 */
export function dataName([first = 'rows', ...others]: readonly string[] = []): string {
  const name = isHubSource(first) ? basename(parseDatasetName(first).id) : stem(first);
  return `${name}${others.length > 0 ? `+${others.length}` : ''}`;
}

const stem = (path: string): string =>
  basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.[^.]+$/, '');

/** Letters that are no trouble in a file name. */
const asName = (text: string): string => text.replaceAll(/[^\w.+-]+/g, '_').slice(0, 60);
