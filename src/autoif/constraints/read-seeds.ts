import { readFile } from 'node:fs/promises';
import { EvosiftError, messageOf } from '../../base/errors.js';
import { unreadable } from '../../base/file-error.js';
import { isRecord } from '../../base/json.js';

/**
 * The constraints of a file, each once, trimmed: plain text with one a line, bullets and numbers taken off, where empty lines and lines that begin with
 * `#` are left out; or `.jsonl` or `.json` of strings, or of objects with `constraint` or `instruction`.
 *
 * @throws EvosiftError `bad_data` where the file can't be read, is no such list or holds no constraint.
 */
export async function readSeedConstraints(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (text.includes('\0')) throw bad(`${path}: is no text in UTF-8`);
  const constraints = [...new Set(constraintsIn(path, text.replace(/^\uFEFF/, '')))];
  if (constraints.length > 0) return constraints;
  throw bad(`${path}: there is no constraint in it`);
}

/** Of a list: "- ", "* ", "• ", "12. ", "3) ". */
const BULLET = /^(?:[-*•]|\d{1,4}[.)])\s+/;

function constraintsIn(path: string, text: string): readonly string[] {
  if (/\.json$/i.test(path)) {
    const values = parsed(path, text);
    if (!Array.isArray(values)) throw bad(`${path}: must be a JSON array of constraints`);
    return values.map((value, index) => constraintOf(value, `${path}: item ${index + 1}`));
  }
  const lines = text.split(/\r\n|\n|\r/).map((line, index) => ({ line: line.trim(), place: `${path}:${index + 1}` }));
  const filled = lines.filter(({ line }) => line !== '');
  if (/\.(?:jsonl|ndjson)$/i.test(path))
    return filled.map(({ line, place }) => constraintOf(parsed(place, line), place));
  return filled.map(({ line }) => line.replace(BULLET, '')).filter((line) => line !== '' && !line.startsWith('#'));
}

function parsed(place: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EvosiftError('bad_data', `${place}: not valid JSON (${messageOf(error)})`, { cause: error });
  }
}

function constraintOf(value: unknown, place: string): string {
  const text = isRecord(value) ? (value['constraint'] ?? value['instruction']) : value;
  if (typeof text === 'string' && text.trim() !== '') return text.trim();
  throw bad(`${place}: must be a text, or an object whose \`constraint\` or \`instruction\` is one`);
}

const bad = (message: string): EvosiftError => new EvosiftError('bad_data', message);
