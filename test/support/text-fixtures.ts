import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fixture } from './fixtures.js';

export const POCKET = resolve(import.meta.dirname, '../../models/pocket');

/** What test/fixtures/make_text.py wrote. */
export const readTextFixture = <Value>(file: string): Value => JSON.parse(readFileSync(fixture('text', file), 'utf8'));

/** The directory of a tokenizer that the fixtures speak of. */
export function kitDirectory(name: string): string {
  if (name === 'pocket') return POCKET;
  return name === 'smollm2' ? fixture('smollm2-135m-instruct') : fixture('text/tokenizers', name);
}
