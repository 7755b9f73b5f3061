import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EvosiftError, messageOf } from '../base/errors.js';
import { isRecord } from '../base/json.js';

/** The object in a model's config.json. @throws EvosiftError `bad_config`. */
export async function readModelConfig(directory: string): Promise<Readonly<Record<string, unknown>>> {
  const path = join(directory, 'config.json');
  let config: unknown;
  try {
    config = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new EvosiftError('bad_config', `Cannot read ${path}: ${messageOf(cause)}.`, { cause });
  }
  if (!isRecord(config)) throw new EvosiftError('bad_config', `${path} is not a JSON object.`);
  return config;
}
