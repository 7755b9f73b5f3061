import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { isRecord } from '../base/json.js';
import { unreadable } from '../base/file-error.js';
import { systemCode } from '../base/system-error.js';
import type { RowLayout } from '../rows/row-layout.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { EvosiftError } from '../base/errors.js';

/** A value of LLaMA-Factory's `dataset_info.json`. */
export interface DatasetEntry {
  readonly file_name: string;
  readonly formatting?: 'sharegpt';
  readonly ranking?: true;
  readonly columns: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Describes `file` in the `dataset_info.json` of its folder, under its name without extension; other entries stay.
 * Returns the path of that file. Throws `bad_data` where there is one that is no JSON object.
 */
export async function writeDatasetInfo(file: string, layout: RowLayout, names: ReadonlySet<string>): Promise<string> {
  const path = join(dirname(file), 'dataset_info.json');
  const entries = await readEntries(path);
  entries[basename(file, extname(file))] = datasetEntry(basename(file), layout, names);
  await writeFileAtomic(path, `${JSON.stringify(entries, null, 2)}\n`);
  return path;
}

/** The entry for a file of rows: which column is what, in LLaMA-Factory's words. Columns that no row has are left out. */
function datasetEntry(fileName: string, { format, columns }: RowLayout, names: ReadonlySet<string>): DatasetEntry {
  const present = (wanted: Readonly<Record<string, string | undefined>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(wanted).filter(
        (entry): entry is [string, string] => entry[1] !== undefined && names.has(entry[1]),
      ),
    );
  const { instruction, input, output, system, history, messages, tools = 'tools' } = columns;
  if (format === 'sharegpt' || format === 'messages') {
    return {
      file_name: fileName,
      formatting: 'sharegpt',
      columns: present({ messages, system, tools }),
      tags:
        format === 'sharegpt'
          ? { role_tag: 'from', content_tag: 'value', user_tag: 'human', assistant_tag: 'gpt' }
          : {
              role_tag: 'role',
              content_tag: 'content',
              user_tag: 'user',
              assistant_tag: 'assistant',
              system_tag: 'system',
              observation_tag: 'tool',
            },
    };
  }
  const asked = { prompt: instruction, query: input, system, history, tools };
  if (format === 'preference') {
    const pair = present({ ...asked, chosen: 'chosen', rejected: 'rejected' });
    if (pair['chosen'] !== undefined && pair['rejected'] !== undefined) {
      return { file_name: fileName, ranking: true, columns: pair };
    }
  }
  return { file_name: fileName, columns: present({ ...asked, response: output }) };
}

async function readEntries(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return {};
    throw unreadable(path, error);
  }
  try {
    const entries: unknown = JSON.parse(text);
    if (isRecord(entries)) return entries;
  } catch {
    // Told below.
  }
  throw new EvosiftError('bad_data', `${path} is no JSON object, so no entry can be added; mend or move it`);
}
