import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a folder of prompts; none where it can't be read. */
export function promptFilesIn(directory: string | undefined): readonly string[] {
  if (directory === undefined) return [];
  try {
    const names = readdirSync(directory).filter((name) => name === 'pack.json' || name.endsWith('.jinja'));
    return names.map((name) => join(directory, name));
  } catch {
    return [];
  }
}
