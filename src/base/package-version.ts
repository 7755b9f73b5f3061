import { readFileSync } from 'node:fs';
import { packageFile } from './package-file.js';

/** This package's version, e.g. `0.1.0`. */
export function packageVersion(): string {
  const description: unknown = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  return typeof description === 'object' && description !== null ? String(Reflect.get(description, 'version')) : '';
}
