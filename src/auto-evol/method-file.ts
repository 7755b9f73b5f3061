import { readFile } from 'node:fs/promises';
import { isRecord } from '../base/json.js';
import { unreadable } from '../files/file-error.js';
import { EvosiftError } from '../base/errors.js';

/**
 * The method in a file: its whole text, or the `text` of a JSON file that a run left under `methods/`.
 *
 * @throws EvosiftError `bad_data` where the file can't be read or holds no method.
 */
export async function readMethodFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const method = (path.endsWith('.json') ? textOf(text, path) : text).trim();
  if (method !== '') return method;
  throw new EvosiftError('bad_data', `${path}: the method is empty; write down how an instruction is to be evolved`);
}

function textOf(json: string, path: string): string {
  try {
    const trial: unknown = JSON.parse(json);
    if (isRecord(trial) && typeof trial['text'] === 'string') return trial['text'];
  } catch {
    // Told below.
  }
  throw new EvosiftError('bad_data', `${path}: no method; a JSON file must be an object with the method as its text`);
}
