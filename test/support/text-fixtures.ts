import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { shared } from './shared.js';

export const POCKET = resolve(import.meta.dirname, '../../models/pocket');
const TEXT = resolve(import.meta.dirname, '../fixtures/text');

/** What test/fixtures/make_text.py wrote. */
export const readTextFixture = <Value>(file: string): Value => JSON.parse(readFileSync(join(TEXT, file), 'utf8'));

/** The directory of a tokenizer that the fixtures speak of. */
export function kitDirectory(name: string): string {
  if (name === 'pocket') return POCKET;
  return name === 'smollm2' ? shared('models', 'smollm2-135m-instruct') : join(TEXT, 'tokenizers', name);
}

/** smollm2's tokenizer is not part of the repository. */
export const isKitThere = (name: string): boolean => existsSync(join(kitDirectory(name), 'tokenizer.json'));
