import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';

/** `runs/PARTS-HASH`, where HASH is over `meant`, what tells runs with equal parts apart. */
export function runDirectory(parts: readonly string[], meant: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(meant)).digest('hex').slice(0, 8);
  return join('runs', [...parts, hash].map(asName).join('-'));
}

/** What data are called in a run's name: the first file's name without its endings, and how many more there are. */
export const dataName = ([first = 'rows', ...others]: readonly string[] = []): string =>
  `${stem(first)}${others.length > 0 ? `+${others.length}` : ''}`;

const stem = (path: string): string =>
  basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.[^.]+$/, '');

/** Letters that are no trouble in a file name. */
const asName = (text: string): string => text.replaceAll(/[^\w.+-]+/g, '_').slice(0, 60);
